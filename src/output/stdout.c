#include "output/stdout.h"

#include "base/descriptor.h"
#include "output/pager.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/* One per process, like standard output. */
static int first_error;
static bool reported;
static bool is_closed;

static void note_error(void)
{
	if (first_error == 0)
		first_error = errno != 0 ? errno : EIO;
}

void stdout_write(const char *text, size_t length)
{
	errno = 0;
	if (pager_is_possible())
		pager_count(text, length);
	/* Nothing is written after an error. */
	if (length > 0 && first_error == 0 && fwrite(text, 1, length, stdout) < length)
		note_error();
}

bool stdout_reader_left(void)
{
	return first_error == EPIPE && pager_is_running();
}

int stdout_flush(void)
{
	pager_give_up();
	errno = 0;
	if (fflush(stdout) != 0 || ferror(stdout) != 0)
		note_error();
	if (stdout_reader_left())
		return 0;
	errno = first_error;
	return first_error != 0 ? -1 : 0;
}

int stdout_finish(void)
{
	int result = stdout_flush();

	errno = 0;
	if (!is_closed && close(STDOUT_FILENO) != 0) {
		note_error();
		result = -1;
	}
	is_closed = true;
	errno = first_error;
	return result;
}

int stdout_close(void)
{
	const int result = stdout_finish();

	/*
	 * Occupy the descriptor with one that cannot be written, so that no file opened later
	 * receives output.
	 */
	/* cppcheck-suppress leakReturnValNotUsed ; it stays open */
	(void)descriptor_open_nothing(O_RDONLY | O_CLOEXEC);
	errno = first_error;
	return result;
}

void stdout_mark_error_reported(void)
{
	reported = true;
}

bool stdout_error_is_reported(void)
{
	return reported;
}
