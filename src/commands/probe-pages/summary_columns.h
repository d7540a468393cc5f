/*
 * The columns of probe-pages --summary.
 */
#ifndef SHMTOOL_COMMANDS_PROBE_PAGES_SUMMARY_COLUMNS_H
#define SHMTOOL_COMMANDS_PROBE_PAGES_SUMMARY_COLUMNS_H

#include "memory/page_count.h"
#include "output/column.h"

#include <stdint.h>
#include <sys/types.h>

/** An object and its pages. */
struct summary_row {
	char *ref;
	uint64_t bytes; /* size of the object */
	struct page_counts counts;
	dev_t device; /* with the inode number, identifies the object */
	uint64_t inode;
};

/** Rows are const struct summary_row *. */
extern const struct column_set summary_columns;

/** The default columns of all formats. */
extern const char summary_default_columns[];

#endif
