#include "output/mark.h"

#include "base/memory.h"

static void add(struct marks *marks, size_t start, size_t length, enum style style)
{
	marks->marks = vector_grow(marks->marks, marks->count, sizeof(*marks->marks));
	marks->marks[marks->count++] = (struct mark){
		.start = start,
		.length = length,
		.style = style,
		.row = marks->row,
		.column = marks->column,
	};
}

void style_append(struct buffer *buffer, enum style style, bool colored, const char *text,
                  size_t length)
{
	if (buffer->marks != NULL)
		add(buffer->marks, buffer->used, length, style);
	if (!colored || buffer->marks != NULL)
		style = STYLE_PLAIN;
	buffer_append_text(buffer, style_begin(style));
	buffer_append(buffer, text, length);
	buffer_append_text(buffer, style_end(style));
}
