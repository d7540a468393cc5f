/*
 * A text with marks on the screen: lines that scroll. The names of the columns stay in sight.
 */
#ifndef SHMTOOL_COMMANDS_WATCH_TABLE_VIEW_H
#define SHMTOOL_COMMANDS_WATCH_TABLE_VIEW_H

#include "output/buffer.h"
#include "output/mark.h"

#include <stddef.h>

/** A line of the screen. */
struct table_line {
	size_t start;    /* bytes from the beginning of the text */
	size_t length;   /* bytes */
	size_t mark;     /* the first mark that ends in or after the line */
	size_t names;    /* the line with the names of the columns, above it; TABLE_NO_LINE */
	const void *row; /* that the line shows; NULL: none */
};

#define TABLE_NO_LINE SIZE_MAX

/** All zero: no text. */
struct table_view {
	struct buffer text;
	struct marks marks;
	struct table_line *lines;
	size_t count;
	size_t top; /* the line at the top of the screen */
};

/** The look of a marked text, or of a line's blanks (mark is NULL): of enum screen_look. */
typedef unsigned int table_look_fn(const void *closure, const struct mark *mark, const void *row);

/** The look of styles alone. */
table_look_fn table_style_look;

/** Remove the text; the place on the screen stays. */
void table_view_clear(struct table_view *view);

/**
 * Append a text.
 *
 * @param text   from report_close_kept(); freed here
 * @param marks  on it; freed here
 */
void table_view_append(struct table_view *view, struct buffer *text, struct marks *marks);

/** Find the lines of the text, on a screen of some width. */
void table_view_lay_out(struct table_view *view, size_t width);

/**
 * Scroll so that a row is in sight, if it is shown at all.
 *
 * @param height  lines of the screen for the text
 */
void table_view_reveal(struct table_view *view, const void *row, size_t height);

/**
 * Scroll by lines.
 *
 * @param lines  negative: up; at least -LONG_MAX
 */
void table_view_scroll(struct table_view *view, long lines, size_t height);

/** Draw the lines from the top on the screen, from the line place. */
void table_view_draw(const struct table_view *view, size_t place, size_t height,
                     table_look_fn *look, const void *closure);

void table_view_free(struct table_view *view);

#endif
