/*
 * The columns of probe-pages --summary.
 */
#ifndef SHMTOOL_COMMANDS_PROBE_PAGES_SUMMARY_COLUMNS_H
#define SHMTOOL_COMMANDS_PROBE_PAGES_SUMMARY_COLUMNS_H

#include "memory/page_count.h"
#include "output/column.h"
#include "system/numa.h"

#include <stdint.h>
#include <sys/types.h>

/** An object and its pages. */
struct summary_row {
	char *ref;
	uint64_t bytes; /* size of the object */
	struct page_counts counts;
	uint64_t *nodes; /* pages in memory on each NUMA node; NULL: unknown */
	dev_t device;    /* with the inode number, identifies the object */
	uint64_t inode;
};

/** The columns without those of nodes. Rows are const struct summary_row *. */
extern const struct column_set summary_columns;

/** All columns, and the default ones of all formats. */
struct summary_set {
	struct column_set set;
	char *defaults;
	struct column *columns; /* of the set, if there are nodes */
};

/**
 * Make the columns.
 *
 * @param nodes  a column for each; NULL for none
 * @param made   receives the columns, to be freed with summary_set_free()
 */
void summary_set_make(const struct numa_nodes *nodes, struct summary_set *made);

void summary_set_free(struct summary_set *made);

#endif
