/*
 * Bytes out of files and memory into a pipe or a file, by the cheapest way there is.
 *
 * Into a pipe pages go by reference: splice(2), vmsplice(2). What is still in the pipe when the
 * program ends must not change any more, so the last pipe's worth is copied. Into anything else
 * sendfile(2) copies within the kernel. Where a call can't do it, read(2) and write(2) do; their
 * errors tell which side has failed.
 */
#ifndef SHMTOOL_COMMANDS_READ_SINK_H
#define SHMTOOL_COMMANDS_READ_SINK_H

#include "stream/transfer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sink {
	int fd;
	uint64_t left; /* bytes that are still to come */
	bool is_pipe;
	bool copies;     /* nothing goes by reference any more */
	bool referred;   /* something went into the pipe by reference */
	uint64_t copied; /* bytes behind the last reference */
	const struct transfer_watch *watch;
};

/**
 * Look what a descriptor is.
 *
 * @param fd     to be written, not closed
 * @param total  bytes that will be sent
 * @param watch  or NULL
 */
void sink_begin(struct sink *sink, int fd, uint64_t total, const struct transfer_watch *watch);

/**
 * Send a part of a file. No page is taken into memory for a hole if the caller leaves holes out.
 *
 * @param fd      of the file, for reading
 * @param offset  in bytes
 * @param length  in bytes
 * @param bytes   receives how many were sent: fewer if the file has become shorter
 */
enum transfer_end sink_send_file(struct sink *sink, int fd, uint64_t offset, uint64_t length,
                                 uint64_t *bytes);

/**
 * Send memory. What a touch of would raise SIGBUS ends it: TRANSFER_READ_FAILED, errno EFAULT.
 *
 * @param length  in bytes
 * @param bytes   receives how many were sent
 */
enum transfer_end sink_send_memory(struct sink *sink, const char *address, uint64_t length,
                                   uint64_t *bytes);

/** Send zeros, which a hole holds. */
enum transfer_end sink_send_zeros(struct sink *sink, uint64_t length, uint64_t *bytes);

/**
 * Wait until no reference is left in the pipe. Mostly there is none: only a reader that has made
 * the pipe larger meanwhile has to be waited for.
 */
enum transfer_end sink_end(struct sink *sink);

#endif
