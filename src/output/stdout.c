#include "output/stdout.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/* Of the process, as standard output is. */
static int first_error;
static bool told;

static void note_error(void)
{
	if (first_error == 0)
		first_error = errno != 0 ? errno : EIO;
}

void stdout_write(const char *text, size_t length)
{
	errno = 0;
	/* After an error nothing arrives any more. */
	if (length > 0 && first_error == 0 && fwrite(text, 1, length, stdout) < length)
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

int stdout_close(void)
{
	int result = stdout_flush();

	errno = 0;
	if (close(STDOUT_FILENO) != 0) {
		note_error();
		result = -1;
	}
	/* The next file that is opened must not take the number: here, what is printed fails. */
	/* cppcheck-suppress leakReturnValNotUsed ; it stays open */
	(void)!open("/dev/null", O_RDONLY | O_CLOEXEC);
	errno = first_error;
	return result;
}

void stdout_error_is_told(void)
{
	told = true;
}

bool stdout_error_was_told(void)
{
	return told;
}
