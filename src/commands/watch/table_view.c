#include "commands/watch/table_view.h"

#include "base/memory.h"
#include "commands/watch/screen.h"
#include "output/text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

unsigned int table_style_look(const void *closure, const struct mark *mark, const void *row)
{
	static const unsigned int looks[] = {
		[STYLE_PLAIN] = SCREEN_PLAIN,  [STYLE_HEADING] = SCREEN_BOLD,
		[STYLE_USED] = SCREEN_GREEN,   [STYLE_UNUSED] = SCREEN_YELLOW,
		[STYLE_LEFTOVER] = SCREEN_RED,
	};

	(void)closure;
	(void)row;
	return mark != NULL ? looks[mark->style] : SCREEN_PLAIN;
}

void table_view_clear(struct table_view *view)
{
	view->text.used = 0;
	view->marks.count = 0;
	view->count = 0;
}

void table_view_append(struct table_view *view, struct buffer *text, struct marks *marks)
{
	const size_t start = view->text.used;

	buffer_append(&view->text, text->data, text->used);
	for (size_t i = 0; i < marks->count; i++) {
		struct marks *all = &view->marks;

		all->marks = vector_grow(all->marks, all->count, sizeof(*all->marks));
		all->marks[all->count] = marks->marks[i];
		all->marks[all->count++].start += start;
	}
	free(text->data);
	free(marks->marks);
	*text = (struct buffer){ .used = 0 };
	*marks = (struct marks){ .count = 0 };
}

/* Append a line, and find the marks on it. */
static void add_line(struct table_view *view, size_t start, size_t length, size_t *mark,
                     size_t *names)
{
	const struct marks *marks = &view->marks;
	struct table_line *line;

	while (*mark < marks->count &&
	       marks->marks[*mark].start + marks->marks[*mark].length <= start)
		(*mark)++;
	view->lines = vector_grow(view->lines, view->count, sizeof(*view->lines));
	line = &view->lines[view->count];
	*line = (struct table_line){ .start = start, .length = length, .mark = *mark };
	if (*mark < marks->count && marks->marks[*mark].start < start + length) {
		const struct mark *first = &marks->marks[*mark];

		line->row = first->row;
		/* A title begins the next table. */
		if (first->row == NULL)
			*names = first->column != NULL ? view->count : TABLE_NO_LINE;
	}
	line->names = *names;
	view->count++;
}

void table_view_lay_out(struct table_view *view, size_t width)
{
	const char *text = view->text.data;
	size_t names = TABLE_NO_LINE;
	size_t mark = 0;

	/* vector_grow() derives the capacity from the number of elements. */
	free(view->lines);
	view->lines = NULL;
	view->count = 0;
	for (size_t at = 0; at < view->text.used;) {
		const char *newline = memchr(text + at, '\n', view->text.used - at);
		const size_t end = newline != NULL ? (size_t)(newline - text) : view->text.used;

		do {
			size_t kept;
			size_t length = text_prefix(text + at, end - at, width, &kept);

			/* A character that is wider than the screen is left out. */
			if (length == 0)
				length = end - at;
			add_line(view, at, length, &mark, &names);
			at += length;
		} while (at < end);
		at = end + 1;
	}
}

static size_t last_top(const struct table_view *view, size_t height)
{
	return view->count > height ? view->count - height : 0;
}

void table_view_reveal(struct table_view *view, const void *row, size_t height)
{
	size_t first = 0;
	size_t last;

	if (view->top > last_top(view, height))
		view->top = last_top(view, height);
	while (first < view->count && (row == NULL || view->lines[first].row != row))
		first++;
	if (first == view->count)
		return;
	last = first;
	while (last + 1 < view->count && view->lines[last + 1].row == row)
		last++;
	if (last >= view->top + height)
		view->top = last + 1 - height;
	/* The line at the top may be covered by the names of the columns. */
	if (first <= view->top)
		view->top = first > 0 ? first - 1 : 0;
	/* From the first row, the title is in sight as well. */
	if (view->lines[first].names != TABLE_NO_LINE && view->top == view->lines[first].names &&
	    view->top > 0)
		view->top--;
}

void table_view_scroll(struct table_view *view, long lines, size_t height)
{
	const size_t last = last_top(view, height);
	const size_t distance = (size_t)labs(lines);

	if (lines < 0)
		view->top = view->top > distance ? view->top - distance : 0;
	else
		view->top =
		    distance < last && view->top < last - distance ? view->top + distance : last;
}

/* Draw a line: the marked parts in their look, the rest in that of the row. */
static void draw_line(const struct table_view *view, const struct table_line *line, size_t place,
                      table_look_fn *look, const void *closure)
{
	const unsigned int plain = look(closure, NULL, line->row);
	const char *text = view->text.data;
	const size_t end = line->start + line->length;
	size_t at = line->start;
	size_t column = 0;
	size_t mark = line->mark;

	while (at < end) {
		const struct mark *next =
		    mark < view->marks.count ? &view->marks.marks[mark] : NULL;
		const bool is_marked = next != NULL && next->start <= at;
		size_t stop = end;
		size_t width;

		if (is_marked && next->start + next->length < end)
			stop = next->start + next->length;
		else if (!is_marked && next != NULL && next->start < end)
			stop = next->start;
		if (stop > at) {
			screen_put(place, column, text + at, stop - at,
			           is_marked ? look(closure, next, line->row) : plain);
			(void)text_prefix(text + at, stop - at, SIZE_MAX, &width);
			column += width;
		}
		at = stop > at ? stop : at;
		mark += is_marked;
	}
	for (; plain != SCREEN_PLAIN && column < screen_width(); column++)
		screen_put(place, column, " ", 1, plain);
}

void table_view_draw(const struct table_view *view, size_t place, size_t height,
                     table_look_fn *look, const void *closure)
{
	for (size_t i = 0; i < height && view->top + i < view->count; i++) {
		const struct table_line *line = &view->lines[view->top + i];

		/* In place of the first line if they are above it. */
		if (i == 0 && line->names != TABLE_NO_LINE && line->names < view->top)
			line = &view->lines[line->names];
		draw_line(view, line, place + i, look, closure);
	}
}

void table_view_free(struct table_view *view)
{
	free(view->text.data);
	free(view->marks.marks);
	free(view->lines);
	*view = (struct table_view){ .top = 0 };
}
