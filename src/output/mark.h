/*
 * Text in a style, for a terminal or for a screen. A screen needs no escape sequences, but marks:
 * which part of the text shows which row and column, and in which style.
 */
#ifndef SHMTOOL_OUTPUT_MARK_H
#define SHMTOOL_OUTPUT_MARK_H

#include "output/buffer.h"
#include "output/color.h"

#include <stdbool.h>
#include <stddef.h>

struct column;

/** A part of a text. */
struct mark {
	size_t start;  /* bytes from the beginning of the text */
	size_t length; /* bytes */
	enum style style;
	const void *row;             /* that it shows; NULL: none */
	const struct column *column; /* of a value, or of the name of a column; NULL: neither */
};

/** The marks on the text of a buffer, in the order of the text; their owner frees marks. */
struct marks {
	struct mark *marks;
	size_t count;
	/* The row and column of the text that is appended next. */
	const void *row;
	const struct column *column;
};

/**
 * Append text in a style: in escape sequences, or with a mark if the buffer has marks.
 *
 * @param colored  false to append no escape sequences
 */
void style_append(struct buffer *buffer, enum style style, bool colored, const char *text,
                  size_t length);

#endif
