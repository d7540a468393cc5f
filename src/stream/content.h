/*
 * The content to fill an object with: a file or a pipe.
 */
#ifndef SHMTOOL_STREAM_CONTENT_H
#define SHMTOOL_STREAM_CONTENT_H

#include "error.h"
#include "stream/transfer.h"

#include <stdbool.h>
#include <stdint.h>

struct content {
	int fd;
	const char *name; /* for messages */
	bool is_sized;    /* bytes is known before it is read */
	uint64_t bytes;   /* from the file position to its end */
};

/**
 * Open a file, or standard input for "-".
 *
 * @param path     kept, not copied
 * @param content  receives it, to be closed with content_close()
 * @return 0, or -1 with error set
 */
int content_open(const char *path, struct content *content, struct error *error);

/**
 * Determine the size: the data of a pipe, or of a file that does not report its size, is collected
 * in private memory of this process, memfd_create(2).
 *
 * @param watch  may stop it when memory runs short, or NULL
 * @return 0, or -1 with error set
 */
int content_collect(struct content *content, const struct transfer_watch *watch,
                    struct error *error);

/**
 * Report why a transfer of the content ended early.
 *
 * @param end    TRANSFER_READ_FAILED or TRANSFER_INTERRUPTED, with errno unchanged
 * @param error  receives the sentence
 * @return -1
 */
int content_failed(const struct content *content, enum transfer_end end, struct error *error);

void content_close(struct content *content);

#endif
