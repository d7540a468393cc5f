/*
 * Rows that are printed one by one, as they come: lines of a table, JSON objects, one per line, raw
 * lines or shell assignments.
 */
#ifndef SHMTOOL_OUTPUT_LINES_H
#define SHMTOOL_OUTPUT_LINES_H

#include "error.h"
#include "output/column.h"
#include "output/format.h"

#include <stddef.h>

struct lines;

/** The columns and the sample rows of lines. */
struct lines_layout {
	const struct column_set *set; /* kept, not copied */
	const char *table_columns;    /* defaults of a table, "a,b" */
	const char *machine_columns;  /* defaults of the other formats */
	/*
	 * The rows to come are unknown, so the widths of a table are those of these rows. A wider
	 * value shifts the rest of its line, or is shortened on a terminal.
	 */
	const void *const *samples;
	size_t sample_count;
};

/**
 * Begin. Nothing is written yet.
 *
 * @param options  kept, not copied
 * @param error    receives a usage error: an unknown column
 * @return close with lines_close(); NULL with error set
 */
struct lines *lines_open(const struct lines_layout *layout, const struct format_options *options,
                         struct error *error);

/** The combined needs of the columns: see struct column. */
unsigned int lines_needs(const struct lines *lines);

/** Append a row, the first one below the names of the columns. Many rows are written to stdout without lines_flush(). */
void lines_print(struct lines *lines, const void *row);

/**
 * Write everything to the kernel, at first the names of the columns.
 *
 * @return 0, or -1 with errno of stdout's first error
 */
int lines_flush(struct lines *lines);

/** Write the rest, and free the lines. Errors of stdout are reported when it is closed. */
void lines_close(struct lines *lines);

#endif
