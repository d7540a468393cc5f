#include "base/memory.h"

#include "error.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One per process, like standard error. */
static const char *speaker[] = { "", "shmtool" };
static pid_t speaker_pid;
static int end_status = STATUS_FAILED;
static void (*end_after)(void);

void memory_speak_as(const char *program, const char *command)
{
	speaker[0] = program;
	speaker[1] = command;
	speaker_pid = getpid();
}

void memory_end_with(int status)
{
	end_status = status;
}

void memory_end_after(void (*restore)(void))
{
	end_after = restore;
}

_Noreturn void memory_is_out(void)
{
	void (*const restore)(void) = end_after;
	char line[128];

	/* A child process has nothing to restore, and what is restored may need memory as well. */
	end_after = NULL;
	if (restore != NULL && getpid() == speaker_pid)
		restore();

	snprintf(line, sizeof(line), "%s%s: out of memory\n", speaker[0], speaker[1]);
	(void)!write(STDERR_FILENO, line, strlen(line));
	/* Buffered output belongs to the parent. */
	if (getpid() != speaker_pid)
		_exit(STATUS_FAILED);
	exit(end_status);
}

void *needed(void *memory)
{
	if (memory == NULL)
		memory_is_out();
	return memory;
}

void *needed_array(size_t count, size_t size)
{
	/* calloc(3) may return NULL for zero bytes. */
	return needed(calloc(count > 0 ? count : 1, size));
}

char *needed_text(const char *format, ...)
{
	va_list arguments;
	char *text;
	int length;

	va_start(arguments, format);
	length = vasprintf(&text, format, arguments);
	va_end(arguments);
	return needed(length < 0 ? NULL : text);
}

void *vector_try_grow(void *items, size_t count, size_t size)
{
	if ((count & (count - 1)) != 0)
		return items;
	return reallocarray(items, count > 0 ? count * 2 : 1, size);
}

void *vector_grow(void *items, size_t count, size_t size)
{
	return needed(vector_try_grow(items, count, size));
}
