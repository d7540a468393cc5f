#include "system/mode.h"

#include <stdlib.h>
#include <sys/stat.h>

#include <bsd/string.h>
#include <bsd/unistd.h>

enum { PERMISSIONS = S_IRWXU | S_IRWXG | S_IRWXO };

int mode_apply(const char *text, mode_t current, mode_t *mode)
{
	void *set = setmode(text);

	if (set == NULL)
		return -1;
	*mode = getmode(set, current);
	free(set);
	return 0;
}

int mode_check(const char *text, struct error *error)
{
	mode_t from_none;
	mode_t from_all;

	if (mode_apply(text, 0, &from_none) < 0 || mode_apply(text, PERMISSIONS, &from_all) < 0)
		return error_set(error, STATUS_USAGE,
		                 "is not a mode (octal like 640, or symbolic like u=rw,g+r)");
	if ((from_none | from_all) & ~(mode_t)PERMISSIONS)
		return error_set(
		    error, STATUS_USAGE,
		    "has bits other than rwxrwxrwx, which shared memory does not support");
	return 0;
}

void mode_letters(mode_t mode, char letters[MODE_LETTERS_SIZE])
{
	char all[12];

	strmode(mode, all); /* the first letter is the file's type */
	strlcpy(letters, all + 1, MODE_LETTERS_SIZE);
}
