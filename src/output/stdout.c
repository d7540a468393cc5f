#include "output/stdout.h"

#include <errno.h>
#include <stdio.h>

/* Of the process, as standard output is. */
static int first_error;

static void note_error(void)
{
	if (first_error == 0)
		first_error = errno != 0 ? errno : EIO;
}

void stdout_write(const char *text, size_t length)
{
	errno = 0;
	if (length > 0 && fwrite(text, 1, length, stdout) < length)
		note_error();
}

int stdout_flush(void)
{
	errno = 0;
	if (fflush(stdout) != 0 || ferror(stdout) != 0)
		note_error();
	errno = first_error;
	return first_error != 0 ? -1 : 0;
}
