#include "data/transfer.h"

#include "data/interrupt.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

/* What is moved by one call, in bytes: large enough to be fast, small enough to be interrupted. */
enum { CHUNK = 1 << 20 };

/* Write all of a chunk, however many calls it takes. */
static int write_all(int fd, const char *data, size_t size)
{
	while (size > 0) {
		ssize_t written = write(fd, data, size);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -1;
		data += written;
		size -= (size_t)written;
	}
	return 0;
}

/* Read once, when there is something; -1 with errno EINTR means that a held signal has come. */
static ssize_t read_chunk(int fd, char *data, size_t size)
{
	ssize_t length;

	if (interrupt_wait_readable(fd) < 0)
		return -1;
	do
		length = read(fd, data, size);
	while (length < 0 && errno == EINTR && !interrupt_pending());
	return length;
}

static enum transfer_end read_failed(void)
{
	return errno == EINTR ? TRANSFER_INTERRUPTED : TRANSFER_READ_FAILED;
}

enum transfer_end transfer_copy(int from, int to, uint64_t *bytes)
{
	char *chunk = malloc(CHUNK);
	enum transfer_end end = TRANSFER_DONE;

	*bytes = 0;
	if (chunk == NULL)
		return TRANSFER_READ_FAILED;
	for (;;) {
		ssize_t length = read_chunk(from, chunk, CHUNK);

		if (length < 0)
			end = read_failed();
		else if (length > 0 && write_all(to, chunk, (size_t)length) < 0)
			end = TRANSFER_WRITE_FAILED;
		if (length <= 0 || end != TRANSFER_DONE)
			break;
		*bytes += (uint64_t)length;
	}
	free(chunk);
	return end;
}

enum transfer_end transfer_read(int from, void *address, size_t size, uint64_t *bytes)
{
	char *target = address;

	*bytes = 0;
	while (size > 0) {
		ssize_t length = read_chunk(from, target, size < CHUNK ? size : CHUNK);

		if (length < 0)
			return read_failed();
		if (length == 0)
			break;
		target += length;
		size -= (size_t)length;
		*bytes += (uint64_t)length;
	}
	return TRANSFER_DONE;
}
