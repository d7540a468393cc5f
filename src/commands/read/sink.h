/*
 * Sending bytes from files and memory to a pipe or a file in the cheapest way.
 *
 * Into a pipe, pages go by reference: splice(2), vmsplice(2). Bytes still in the pipe when the
 * program exits must not change, so the last pipe's worth is copied. Into anything else,
 * sendfile(2) copies within the kernel. If these calls are not possible, read(2) and write(2) are
 * used; their errors show which side failed.
 */
#ifndef SHMTOOL_COMMANDS_READ_SINK_H
#define SHMTOOL_COMMANDS_READ_SINK_H

#include "stream/transfer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sink {
	int fd;
	uint64_t left; /* bytes still to be sent */
	bool is_pipe;
	bool copies;     /* no longer send by reference */
	bool referred;   /* references were sent into the pipe */
	uint64_t copied; /* bytes after the last reference */
	const struct transfer_watch *watch;
};

/**
 * Determine the type of a descriptor.
 *
 * @param fd     to write to; not closed
 * @param total  total number of bytes to send
 * @param watch  or NULL
 */
void sink_begin(struct sink *sink, int fd, uint64_t total, const struct transfer_watch *watch);

/**
 * Send a part of a file. The caller skips holes, so that no page is allocated for them.
 *
 * @param fd      of the file, for reading
 * @param offset  in bytes
 * @param length  in bytes
 * @param bytes   receives the number of bytes sent: fewer if the file became shorter
 */
enum transfer_end sink_send_file(struct sink *sink, int fd, uint64_t offset, uint64_t length,
                                 uint64_t *bytes);

/**
 * Send memory. It ends at a page whose access would raise SIGBUS: TRANSFER_READ_FAILED, errno
 * EFAULT.
 *
 * @param length  in bytes
 * @param bytes   receives the number of bytes sent
 */
enum transfer_end sink_send_memory(struct sink *sink, const char *address, uint64_t length,
                                   uint64_t *bytes);

/** Send the zeros of a hole. */
enum transfer_end sink_send_zeros(struct sink *sink, uint64_t length, uint64_t *bytes);

/**
 * Wait until no reference is left in the pipe. Usually there is none, unless the reader has
 * enlarged the pipe meanwhile.
 */
enum transfer_end sink_end(struct sink *sink);

#endif
