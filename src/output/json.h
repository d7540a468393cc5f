/*
 * Rows as JSON.
 */
#ifndef SHMTOOL_OUTPUT_JSON_H
#define SHMTOOL_OUTPUT_JSON_H

#include "output/buffer.h"
#include "output/column.h"
#include "output/format.h"

#include <time.h>

/**
 * Append a row as one flat object: numbers as numbers with all 64 bits, unknown values as null,
 * keys and modes as the strings shown in tables.
 *
 * @param buffer   to append to
 * @param choice   the members, in order
 * @param row      the row
 * @param options  time format; sizes and durations stay numbers
 * @param now      seconds since 1970
 */
void json_append_row(struct buffer *buffer, const struct column_choice *choice, const void *row,
                     const struct format_options *options, time_t now);

/**
 * Append a text as a string. JSON cannot express text that is not UTF-8, so such text appears as in
 * a table.
 *
 * @param text  any bytes, ended by NUL
 */
void json_append_text(struct buffer *buffer, const char *text);

#endif
