/*
 * Records as rows of a report: one column per member.
 */
#ifndef SHMTOOL_COMMANDS_SHARED_RECORD_ROWS_H
#define SHMTOOL_COMMANDS_SHARED_RECORD_ROWS_H

#include "error.h"
#include "output/column.h"
#include "output/report.h"
#include "records/layout.h"

#include <stddef.h>

/** The columns of a record, built at run time. */
struct record_columns {
	struct column_set set;
	const struct record *record;
	struct column *columns;
	char **scratch; /* a buffer for the text of each member */
};

/**
 * Build the columns.
 *
 * @param record   kept
 * @param columns  receives them, free with record_columns_free(); must not be moved
 */
void record_columns_make(const struct record *record, struct record_columns *columns);

void record_columns_free(struct record_columns *columns);

/**
 * Print records.
 *
 * @param report  opened with the columns
 * @param bytes   the records, one after another
 * @param count   number of records
 * @return 0, or -1 with error set
 */
int record_rows_print(struct report *report, const struct record *record, const char *bytes,
                      size_t count, struct error *error);

/** The columns of a layout; rows are const struct record_member *. */
extern const struct column_set record_layout_columns;

/**
 * Print the layout of a record: offsets, sizes, padding.
 *
 * @param options  the output options
 * @return 0, or -1 with error set
 */
int record_layout_print(const struct record *record, const struct format_options *options,
                        struct error *error);

#endif
