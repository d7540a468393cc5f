#include "stream/transfer.h"

#include "stream/interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

/* Bytes moved by one call: enough to be fast, few enough to be interruptible. */
enum { CHUNK = 1 << 20, KERNEL_CHUNK = 1 << 24 };

void transfer_report(const struct transfer_watch *watch, uint64_t bytes)
{
	if (watch != NULL && watch->moved != NULL && bytes > 0)
		watch->moved(watch->closure, bytes);
}

void transfer_wait_writable(int fd)
{
	struct pollfd wanted = { .fd = fd, .events = POLLOUT };

	(void)poll(&wanted, 1, -1);
}

enum transfer_end transfer_write(int fd, const void *data, size_t size, size_t *written)
{
	const char *from = data;

	*written = 0;
	while (*written < size) {
		ssize_t done = write(fd, from + *written, size - *written);

		if (done >= 0)
			*written += (size_t)done;
		else if (errno == EAGAIN)
			transfer_wait_writable(fd);
		else if (errno != EINTR)
			return TRANSFER_WRITE_FAILED;
		if (interrupt_pending())
			return TRANSFER_INTERRUPTED;
	}
	return TRANSFER_DONE;
}

/* Wait for data or the end, so that checks made afterwards still hold during the read. */
static int wait_for_input(int fd)
{
	struct pollfd wanted = { .fd = fd, .events = POLLIN };

	return poll(&wanted, 1, -1);
}

/* Read once, after waiting for data; -1 with errno EINTR if a signal has arrived. */
static ssize_t read_chunk(int fd, char *data, size_t size)
{
	if (interrupt_wait_readable(fd) < 0)
		return -1;
	for (;;) {
		ssize_t length = read(fd, data, size);
		if (length < 0 && errno == EAGAIN)
			(void)wait_for_input(fd);
		else if (length >= 0 || errno != EINTR)
			return length;
		if (interrupt_pending()) {
			errno = EINTR;
			return -1;
		}
	}
}

static enum transfer_end read_failed(void)
{
	return errno == EINTR ? TRANSFER_INTERRUPTED : TRANSFER_READ_FAILED;
}

int transfer_write_all(int fd, const void *data, size_t size, size_t *written)
{
	const char *from = data;

	*written = 0;
	while (*written < size) {
		ssize_t done = write(fd, from + *written, size - *written);

		if (done >= 0)
			*written += (size_t)done;
		else if (errno != EINTR)
			return -1;
	}
	return 0;
}

/* The output must be completed or undone, so a signal ends only the reading. */
static enum transfer_end write_chunk(int fd, const char *data, size_t size)
{
	size_t written;

	return transfer_write_all(fd, data, size, &written) < 0 ? TRANSFER_WRITE_FAILED
	                                                        : TRANSFER_DONE;
}

static bool may_write(const struct transfer_watch *watch)
{
	return watch == NULL || watch->check == NULL || watch->check(watch->closure) == 0;
}

enum transfer_end transfer_copy(int from, int to, const struct transfer_watch *watch,
                                uint64_t *bytes)
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
		else if (length > 0)
			end = may_write(watch) ? write_chunk(to, chunk, (size_t)length)
			                       : TRANSFER_WRITE_FAILED;
		if (length <= 0 || end != TRANSFER_DONE)
			break;
		*bytes += (uint64_t)length;
		transfer_report(watch, (uint64_t)length);
	}
	free(chunk);
	return end;
}

static size_t smaller(uint64_t left, size_t chunk)
{
	return left < chunk ? (size_t)left : chunk;
}

/* Write all of a chunk with pwrite(2). */
static enum transfer_end pwrite_chunk(int fd, const char *data, size_t size, uint64_t offset,
                                      uint64_t *bytes)
{
	size_t written = 0;

	while (written < size) {
		ssize_t done =
		    pwrite(fd, data + written, size - written, (off_t)(offset + written));

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return TRANSFER_WRITE_FAILED;
		written += (size_t)done;
		*bytes += (uint64_t)done;
	}
	return TRANSFER_DONE;
}

static enum transfer_end copy_into_file(int from, int to, uint64_t offset, uint64_t limit,
                                        const struct transfer_watch *watch, uint64_t *bytes)
{
	char *chunk = malloc(CHUNK);
	enum transfer_end end = TRANSFER_DONE;

	if (chunk == NULL)
		return TRANSFER_READ_FAILED;
	while (*bytes < limit && end == TRANSFER_DONE) {
		uint64_t before = *bytes;
		ssize_t length = read_chunk(from, chunk, smaller(limit - before, CHUNK));

		if (length < 0)
			end = read_failed();
		if (length <= 0)
			break;
		end = TRANSFER_WRITE_FAILED;
		if (may_write(watch))
			end = pwrite_chunk(to, chunk, (size_t)length, offset + before, bytes);
		transfer_report(watch, *bytes - before);
		if (end == TRANSFER_DONE && interrupt_pending())
			end = TRANSFER_INTERRUPTED;
	}
	free(chunk);
	return end;
}

/* Move one chunk within the kernel: -1 with errno where that is not possible, 0 at the end. */
static ssize_t move_within_kernel(int from, bool is_pipe, int to, uint64_t offset, size_t size)
{
	off_t position = (off_t)offset;

	if (is_pipe)
		return splice(from, NULL, to, &position, size, 0);
	if (lseek(to, position, SEEK_SET) < 0)
		return -1;
	return sendfile(to, from, NULL, size);
}

enum transfer_end transfer_into_file(int from, int to, uint64_t offset, uint64_t limit,
                                     const struct transfer_watch *watch, uint64_t *bytes)
{
	struct stat st;
	bool is_pipe;

	*bytes = 0;
	if (fstat(from, &st) < 0)
		return TRANSFER_READ_FAILED;
	is_pipe = S_ISFIFO(st.st_mode);
	while (*bytes < limit && (is_pipe || S_ISREG(st.st_mode))) {
		ssize_t done = -1;

		if (!is_pipe || wait_for_input(from) >= 0) {
			if (!may_write(watch))
				return TRANSFER_WRITE_FAILED;
			done = move_within_kernel(from, is_pipe, to, offset + *bytes,
			                          smaller(limit - *bytes, KERNEL_CHUNK));
		}

		/* Copying then shows which side failed, and why. */
		if (done < 0 && errno != EINTR)
			break;
		if (done > 0) {
			*bytes += (uint64_t)done;
			transfer_report(watch, (uint64_t)done);
		}
		if (interrupt_pending())
			return TRANSFER_INTERRUPTED;
		if (done == 0)
			return TRANSFER_DONE;
	}
	return copy_into_file(from, to, offset, limit, watch, bytes);
}

enum transfer_end transfer_read(int from, void *address, size_t size,
                                const struct transfer_watch *watch, uint64_t *bytes)
{
	char *target = address;

	*bytes = 0;
	while (size > 0) {
		ssize_t length = read_chunk(from, target, smaller(size, CHUNK));

		if (length < 0)
			return read_failed();
		if (length == 0)
			break;
		target += length;
		size -= (size_t)length;
		*bytes += (uint64_t)length;
		transfer_report(watch, (uint64_t)length);
		if (interrupt_pending())
			return TRANSFER_INTERRUPTED;
	}
	return TRANSFER_DONE;
}
