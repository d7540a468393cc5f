/*
 * Fitting a table to the width of a terminal.
 */
#ifndef SHMTOOL_OUTPUT_FIT_H
#define SHMTOOL_OUTPUT_FIT_H

#include "output/buffer.h"
#include "output/column.h"

#include <stddef.h>

/**
 * The excess of a table over a width.
 *
 * @param widths  of the columns, in terminal columns
 * @param width   of the terminal in columns
 * @return terminal columns; 0 if the table fits
 */
size_t fit_excess(const struct column_choice *choice, const size_t *widths, size_t width);

/**
 * Fit columns to a width: shorten columns of text, the least important one first, and only those of
 * low importance if there are any; if that is not enough, omit the least important column and start
 * again. A column that has a legible width is shortened below it only when no column is less
 * important. Columns of IMPORTANCE_NEEDED are left alone, even if they are wider.
 *
 * @param choice   the columns; the omitted ones are removed
 * @param widths   of the columns, in terminal columns; changed with choice
 * @param width    of the terminal in columns
 * @param omitted  receives the omitted columns, to be freed with column_choice_free()
 */
void fit_columns(struct column_choice *choice, size_t *widths, size_t width,
                 struct column_choice *omitted);

/**
 * Shorten a text to a width: cut it before a whole character or escape, and append an ellipsis.
 *
 * @param text   as text_visible() returns it, wider than width; not ended by NUL
 * @param width  in terminal columns, at least 1
 * @return the new width in terminal columns, at most the given one
 */
size_t fit_text(struct buffer *text, size_t width);

#endif
