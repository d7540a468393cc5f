#include "system/mode.h"

#include "base/memory.h"

#include <stdlib.h>
#include <sys/stat.h>

#include <bsd/string.h>
#include <bsd/unistd.h>

enum { PERMISSIONS = S_IRWXU | S_IRWXG | S_IRWXO };

mode_t mode_apply(const char *text, mode_t current)
{
	void *set = needed(setmode(text));
	const mode_t mode = getmode(set, current);

	free(set);
	return mode;
}

int mode_check(const char *text, struct error *error)
{
	void *set = setmode(text);
	mode_t any;

	if (set == NULL)
		return error_set(error, STATUS_USAGE,
		                 "is not a mode (octal like 640, or symbolic like u=rw,g+r)");
	any = getmode(set, 0) | getmode(set, PERMISSIONS);
	free(set);
	if (any & ~(mode_t)PERMISSIONS)
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
