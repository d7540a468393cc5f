/*
 * One row in a format for programs: JSON, raw, export.
 */
#ifndef SHMTOOL_OUTPUT_MACHINE_H
#define SHMTOOL_OUTPUT_MACHINE_H

#include "output/buffer.h"
#include "output/column.h"
#include "output/format.h"

#include <time.h>

/** Append the names of the columns as a line, the heading of raw format. */
void machine_append_names(struct buffer *buffer, const struct column_choice *choice);

/**
 * Append a row: a line, or in JSON an object without a newline.
 *
 * @param options  the format (not FORMAT_TABLE), units and times
 * @param now      seconds since 1970
 */
void machine_append_row(struct buffer *buffer, const struct column_choice *choice, const void *row,
                        const struct format_options *options, time_t now);

#endif
