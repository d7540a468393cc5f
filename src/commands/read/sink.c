#include "commands/read/sink.h"

#include "stream/interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
	COPY_CHUNK = 1 << 17,      /* bytes: fits in the processor's cache */
	REFERENCE_CHUNK = 1 << 24, /* bytes: small enough to be interrupted */
	PIPE_WANTED = 1 << 20,     /* bytes: the limit without privilege, pipe(7) */
	PIPE_DEFAULT = 1 << 16,
};

void sink_begin(struct sink *sink, int fd, uint64_t total, const struct transfer_watch *watch)
{
	struct stat st;

	sink->fd = fd;
	sink->left = total;
	sink->watch = watch;
	sink->is_pipe = fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode);
	sink->copies = false;
	sink->referred = false;
	sink->copied = 0;
	if (sink->is_pipe && total > PIPE_WANTED)
		(void)fcntl(fd, F_SETPIPE_SZ, PIPE_WANTED);
}

/* The capacity of the pipe in bytes; its reader can change it at any time. */
static uint64_t capacity(const struct sink *sink)
{
	int bytes = sink->is_pipe ? fcntl(sink->fd, F_GETPIPE_SZ) : 0;

	return bytes >= 0 ? (uint64_t)bytes : PIPE_DEFAULT;
}

static size_t smaller(uint64_t left, size_t chunk)
{
	return left < chunk ? (size_t)left : chunk;
}

/* Account for bytes sent. */
static void sent(struct sink *sink, uint64_t length, uint64_t *bytes)
{
	*bytes += length;
	sink->copied += length;
	sink->left = sink->left > length ? sink->left - length : 0;
	transfer_report(sink->watch, length);
}

static void referred(struct sink *sink, uint64_t length, uint64_t *bytes)
{
	sent(sink, length, bytes);
	sink->referred = sink->is_pipe;
	sink->copied = 0;
}

/*
 * How many bytes may go by reference: into a pipe, all except the last pipe's worth of the total,
 * which pushes all references out of the pipe.
 */
static uint64_t by_reference(const struct sink *sink, uint64_t length)
{
	uint64_t kept;
	uint64_t rest;

	if (sink->copies)
		return 0;
	kept = capacity(sink);
	rest = sink->left > kept ? sink->left - kept : 0;
	return length < rest ? length : rest;
}

static ssize_t refer_to_file(const struct sink *sink, int fd, uint64_t offset, size_t size)
{
	off_t position = (off_t)offset;

	if (sink->is_pipe)
		return splice(fd, &position, sink->fd, NULL, size, 0);
	return sendfile(sink->fd, fd, &position, size);
}

/* Send as much as possible by reference; the rest is copied. */
static enum transfer_end send_file_by_reference(struct sink *sink, int fd, uint64_t offset,
                                                uint64_t length, uint64_t *bytes)
{
	uint64_t wanted;

	while ((wanted = by_reference(sink, length - *bytes)) > 0) {
		ssize_t done =
		    refer_to_file(sink, fd, offset + *bytes, smaller(wanted, REFERENCE_CHUNK));

		if (done < 0 && errno != EINTR)
			sink->copies = true;
		if (done > 0)
			referred(sink, (uint64_t)done, bytes);
		if (interrupt_pending())
			return TRANSFER_INTERRUPTED;
		if (done == 0)
			break;
	}
	return TRANSFER_DONE;
}

enum transfer_end sink_send_file(struct sink *sink, int fd, uint64_t offset, uint64_t length,
                                 uint64_t *bytes)
{
	enum transfer_end end;
	char *chunk;

	*bytes = 0;
	end = send_file_by_reference(sink, fd, offset, length, bytes);
	if (end != TRANSFER_DONE || *bytes == length)
		return end;
	chunk = malloc(COPY_CHUNK);
	if (chunk == NULL)
		return TRANSFER_READ_FAILED;
	while (*bytes < length && end == TRANSFER_DONE) {
		size_t written;
		ssize_t done = pread(fd, chunk, smaller(length - *bytes, COPY_CHUNK),
		                     (off_t)(offset + *bytes));

		if (done < 0 && errno == EINTR && !interrupt_pending())
			continue;
		if (done < 0)
			end = errno == EINTR ? TRANSFER_INTERRUPTED : TRANSFER_READ_FAILED;
		if (done <= 0)
			break;
		end = transfer_write(sink->fd, chunk, (size_t)done, &written);
		sent(sink, written, bytes);
		if (end == TRANSFER_DONE && interrupt_pending())
			end = TRANSFER_INTERRUPTED;
	}
	free(chunk);
	return end;
}

static ssize_t refer_to_memory(const struct sink *sink, const char *address, size_t size)
{
	struct iovec pages = { .iov_base = (void *)(uintptr_t)address, .iov_len = size };

	return vmsplice(sink->fd, &pages, 1, 0);
}

enum transfer_end sink_send_memory(struct sink *sink, const char *address, uint64_t length,
                                   uint64_t *bytes)
{
	*bytes = 0;
	while (*bytes < length) {
		uint64_t wanted = sink->is_pipe ? by_reference(sink, length - *bytes) : 0;
		const char *from = address + *bytes;
		ssize_t done;

		if (wanted > 0)
			done = refer_to_memory(sink, from, smaller(wanted, REFERENCE_CHUNK));
		else
			done = write(sink->fd, from, smaller(length - *bytes, PIPE_WANTED));
		if (done >= 0 && wanted > 0)
			referred(sink, (uint64_t)done, bytes);
		else if (done >= 0)
			sent(sink, (uint64_t)done, bytes);
		if (interrupt_pending())
			return TRANSFER_INTERRUPTED;
		if (done >= 0)
			continue;
		if (wanted > 0 && errno != EINTR)
			sink->copies = true;
		else if (errno == EFAULT)
			return TRANSFER_READ_FAILED;
		else if (errno == EAGAIN)
			transfer_wait_writable(sink->fd);
		else if (errno != EINTR)
			return TRANSFER_WRITE_FAILED;
	}
	return TRANSFER_DONE;
}

enum transfer_end sink_send_zeros(struct sink *sink, uint64_t length, uint64_t *bytes)
{
	static const char zeros[COPY_CHUNK];
	enum transfer_end end = TRANSFER_DONE;

	*bytes = 0;
	while (*bytes < length && end == TRANSFER_DONE) {
		size_t written;

		end = transfer_write(sink->fd, zeros, smaller(length - *bytes, sizeof(zeros)),
		                     &written);
		sent(sink, written, bytes);
		if (end == TRANSFER_DONE && interrupt_pending())
			end = TRANSFER_INTERRUPTED;
	}
	return end;
}

enum transfer_end sink_end(struct sink *sink)
{
	enum { PAUSE = 2 }; /* milliseconds */
	int left;

	while (sink->referred && ioctl(sink->fd, FIONREAD, &left) == 0 &&
	       (uint64_t)left > sink->copied) {
		struct pollfd reader = { .fd = sink->fd };

		if (interrupt_pending())
			return TRANSFER_INTERRUPTED;
		/* POLLERR: the reader is gone. */
		if (poll(&reader, 1, PAUSE) > 0)
			break;
	}
	return TRANSFER_DONE;
}
