/*
 * Rows as JSON, made by json-c.
 */
#ifndef SHMTOOL_OUTPUT_JSON_H
#define SHMTOOL_OUTPUT_JSON_H

#include "output/buffer.h"
#include "output/column.h"
#include "output/format.h"

#include <time.h>

/**
 * Append a row as one flat object: numbers as numbers with all 64 bits,
 * unknown values as null, keys and modes as the strings that tables show.
 *
 * @param buffer   to append to
 * @param choice   the members, in order
 * @param row      the row
 * @param options  time format; sizes and durations stay numbers
 * @param now      seconds since 1970
 * @return 0, or -1 with errno ENOMEM
 */
int json_append_row(struct buffer *buffer, const struct column_choice *choice, const void *row,
                    const struct format_options *options, time_t now);

/**
 * Append a text as a string. What is not UTF-8 can't be said in JSON and appears as in a table.
 *
 * @param text  any bytes, ended by NUL
 * @return 0, or -1 with errno ENOMEM
 */
int json_append_text(struct buffer *buffer, const char *text);

#endif
