/*
 * A table: aligned columns under their names.
 *
 * On a terminal (output/format.h), it fits the width: the least important columns are shortened,
 * then omitted.
 */
#ifndef SHMTOOL_OUTPUT_TABLE_H
#define SHMTOOL_OUTPUT_TABLE_H

#include "output/buffer.h"
#include "output/column.h"
#include "output/format.h"

#include <stddef.h>
#include <time.h>

struct table {
	struct column_choice choice; /* without the omitted columns */
	struct column_choice omitted;
	size_t *widths;                /* of the columns, in terminal columns */
	struct format_options options; /* with what is the default on a terminal */
	time_t now;
	struct buffer scratch;
};

/**
 * Begin a table: measure the rows, and fit the columns to the terminal. A table is printed in two
 * passes over the rows, this one for the widths and one for the text. That needs no memory per row,
 * and fetching a value twice costs less than storing it.
 *
 * @param choice   the columns; then owned by the table
 * @param options  of the report
 * @param now      seconds since 1970, for relative and short times
 */
void table_begin(struct table *table, const struct column_choice *choice,
                 const struct format_options *options, time_t now, const void *const *rows,
                 size_t count);

/** Append the names of the columns. */
void table_append_names(const struct table *table, struct buffer *buffer);

/** Append a row. */
void table_append_row(struct table *table, struct buffer *buffer, const void *row);

/** Append a line that names the omitted columns, if there are any. */
void table_append_omitted(struct table *table, struct buffer *buffer);

void table_end(struct table *table);

#endif
