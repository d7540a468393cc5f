/*
 * The rows of "shmtool map-file": a file, its mapping, and where the file ends in the mapping.
 */
#ifndef SHMTOOL_COMMANDS_MAP_FILE_COLUMNS_H
#define SHMTOOL_COMMANDS_MAP_FILE_COLUMNS_H

#include "memory/mapping.h"
#include "output/column.h"
#include "output/report.h"

#include <stdbool.h>
#include <stdint.h>

/** A file and its mapping. */
struct mapped_file {
	const char *path;
	int fd;
	uint64_t bytes; /* of the file */
	bool has_end;   /* a file or block device, not a device without a size, such as /dev/zero */
	int protection;
	bool is_private;
	uint64_t offset; /* in the file, where the mapping starts */
	uint64_t within; /* in the mapping, where stores and records start */
	struct mapping mapping;
	bool used; /* something was stored, or the mapping was shown: a new file is kept */
};

/** Bytes of the file after the start of the mapping; 0 if it ends before. */
uint64_t mapped_file_rest(const struct mapped_file *file);

/** The size of the mapping in whole pages, in bytes. */
uint64_t mapped_file_end(const struct mapped_file *file);

/** The columns; rows are const struct mapped_file *. */
extern const struct column_set mapped_file_columns;

/** The title of a file's block. */
report_title_fn mapped_file_title;

#endif
