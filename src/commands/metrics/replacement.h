/*
 * Replacing a file atomically, also in a directory that other users can write: readers see the old
 * contents or the new ones, and nothing outside the directory is touched.
 */
#ifndef SHMTOOL_COMMANDS_METRICS_REPLACEMENT_H
#define SHMTOOL_COMMANDS_METRICS_REPLACEMENT_H

#include "error.h"
#include "output/buffer.h"

#include <limits.h>

struct replacement {
	int directory;           /* -1: none */
	char name[NAME_MAX + 1]; /* of the file in it */
};

/**
 * Open the directory of a file, and check that the file is missing or a regular one. Changes nothing.
 *
 * A symbolic link in the path is followed only if it belongs to root or to the caller; other users
 * could make it lead anywhere.
 *
 * @param path         of the file
 * @param replacement  receives the place; end with replacement_end(), also on failure
 * @return 0, or -1 with error set
 */
int replacement_begin(const char *path, struct replacement *replacement, struct error *error);

/**
 * Write a new file with mode 0644 beside the old one, and rename it. Signals that end the program wait
 * until this is done. The data is not forced to disk, fsync(2).
 *
 * @return 0, or -1 with error set: the old file is unchanged, and the new one removed
 */
int replacement_write(const struct replacement *replacement, const struct buffer *text,
                      struct error *error);

void replacement_end(struct replacement *replacement);

#endif
