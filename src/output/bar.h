/*
 * Bars: a share as a horizontal bar, for people.
 *
 * In a UTF-8 locale, a bar is made of block elements, which divide a terminal column into eighths;
 * elsewhere of number signs.
 */
#ifndef SHMTOOL_OUTPUT_BAR_H
#define SHMTOOL_OUTPUT_BAR_H

#include "output/column.h"

#include <stdbool.h>
#include <stddef.h>

/** The maximum width, in terminal columns. */
enum { BAR_WIDTH_MAX = 60 };

/** Room for any bar, in bytes. */
enum { BAR_SIZE = BAR_WIDTH_MAX * 4 + 1 };

/**
 * Write a bar, without blanks after it. A share that is not 0 has at least the thinnest bar.
 *
 * @param target   BAR_SIZE bytes
 * @param share    between 0 and 1; anything above is a full bar
 * @param width    of a full bar, in terminal columns
 * @param is_utf8  of the locale: see struct terminal
 */
void bar_text(char target[BAR_SIZE], double share, size_t width, bool is_utf8);

/** Set a value to the bar of a share, for the terminal that standard output is. */
void bar_set_value(struct value *value, double share);

#endif
