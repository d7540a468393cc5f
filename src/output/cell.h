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
 * Write a numeric value.
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
 * @param column   of the value
 * @param value    to write
 * @param options  units and times; raw format escapes blanks, export format escapes the characters
 *                 that a shell expands in double quotes
 * @param now      seconds since 1970
 * @return width of the text in terminal columns
 */
size_t cell_append(struct buffer *buffer, const struct column *column, const struct value *value,
                   const struct format_options *options, time_t now);

/**
 * Append a value as text, padded with blanks to the width of a column.
 *
 * @param width  of the column; a wider value is not cut
 * @param last   the last column of the line: no trailing blanks
 */
void cell_append_aligned(struct buffer *buffer, const struct column *column,
                         const struct value *value, const struct format_options *options,
                         time_t now, size_t width, bool last);

/** The widest value of a column so far. */
struct cell_measure {
	size_t width;          /* terminal columns */
	const char *last_text; /* the text measured last */
};

/**
 * Take a value into account. Numbers and plain text are measured without being written.
 *
 * @param measure  all zero at first
 * @param scratch  used if the text must be generated to be measured
 */
void cell_measure_value(struct cell_measure *measure, const struct column *column,
                        const struct value *value, const struct format_options *options, time_t now,
                        struct buffer *scratch);

#endif
