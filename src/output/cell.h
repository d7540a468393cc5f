/*
 * The text of one value in one column.
 */
#ifndef SHMTOOL_OUTPUT_CELL_H
#define SHMTOOL_OUTPUT_CELL_H

#include "output/buffer.h"
#include "output/column.h"
#include "output/format.h"

#include <stddef.h>
#include <time.h>

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
 * Append a value as text, with blanks around it so that it fills a column.
 *
 * @param width  of the column; what is wider stays as it is
 * @param last   no blanks behind it, because nothing follows in the line
 */
void cell_append_aligned(struct buffer *buffer, const struct column *column,
                         const struct value *value, const struct format_options *options,
                         time_t now, size_t width, bool last);

/** The widest value of a column so far. */
struct cell_measure {
	size_t width;          /* columns of a terminal, but for the numbers */
	uint64_t largest;      /* of the numbers that are printed in decimal */
	const char *last_text; /* measured already */
};

/**
 * Take a value into account. Numbers and plain text are measured without being written.
 *
 * @param measure  all zero at first
 * @param scratch  used if the text must be made to be measured
 */
void cell_measure_value(struct cell_measure *measure, const struct column *column,
                        const struct value *value, const struct format_options *options, time_t now,
                        struct buffer *scratch);

/** The width of the widest value, in columns of a terminal. */
size_t cell_measured_width(const struct cell_measure *measure);

#endif
