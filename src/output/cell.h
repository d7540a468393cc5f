/*
 * The text of one value in one column.
 */
#ifndef SHMTOOL_OUTPUT_CELL_H
#define SHMTOOL_OUTPUT_CELL_H

#include "output/column.h"
#include "output/report.h"

#include <stddef.h>
#include <time.h>

/** Text that grows. */
struct buffer {
	char *data;
	size_t used; /* bytes */
	size_t size; /* bytes */
};

/**
 * Make room.
 *
 * @param bytes  that will be written at the returned place; the caller then adds what it really
 *               wrote to buffer->used
 * @return the place; never NULL, the program ends when there is no memory for a line of text
 */
char *buffer_reserve(struct buffer *buffer, size_t bytes);

void buffer_append(struct buffer *buffer, const char *text, size_t length);

/**
 * Write a value of one of the numeric kinds.
 *
 * @param target  UNITS_TEXT_SIZE bytes; no NUL is added
 * @return length of the text in bytes
 */
size_t cell_number(char *target, const struct column *column, const struct value *value,
                   const struct format_options *options, time_t now);

/**
 * Append a value as text.
 *
 * @param buffer   to append to
 * @param column   the value's
 * @param value    to be written
 * @param options  units and times; in raw lines blanks are escaped, in shell assignments what a
 *                 shell would expand in double quotes
 * @param now      seconds since 1970
 * @return the columns of a terminal that the text takes
 */
size_t cell_append(struct buffer *buffer, const struct column *column, const struct value *value,
                   const struct format_options *options, time_t now);

/**
 * The width of what cell_append() would append to a table, in columns of a terminal. Costs less
 * for numbers and plain text, which are not written for it.
 *
 * @param scratch  used if the text must be made to be measured
 */
size_t cell_width(const struct column *column, const struct value *value,
                  const struct format_options *options, time_t now, struct buffer *scratch);

#endif
