/*
 * Folding long lines of text at blanks.
 */
#ifndef SHMTOOL_OUTPUT_WRAP_H
#define SHMTOOL_OUTPUT_WRAP_H

#include "output/buffer.h"

#include <stddef.h>

/**
 * Append a line, folded at blanks. A word that is wider than the rest of a line stays whole.
 *
 * @param line    as text_visible() returns it, not necessarily ended by NUL
 * @param length  of the line in bytes, without a newline
 * @param width   of the text in terminal columns, without the indentation of continued lines
 * @param indent  of continued lines, in terminal columns
 */
void wrap_append(struct buffer *buffer, const char *line, size_t length, size_t width,
                 size_t indent);

/**
 * Print text on stdout. On a terminal, fold lines that are wider; they continue under the last
 * column of text, which begins after two or more blanks.
 */
void wrap_print(const char *text);

#endif
