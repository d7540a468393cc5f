#include "output/wrap.h"

#include "output/stdout.h"
#include "output/terminal.h"
#include "output/text.h"

#include <stdlib.h>
#include <string.h>

/* Of continued lines of text without columns, and the least room for text beside an indentation. */
enum { INDENT = 2, ROOM = 20 };

static size_t blanks_at(const char *text, size_t length)
{
	size_t count = 0;

	while (count < length && text[count] == ' ')
		count++;
	return count;
}

static size_t word_at(const char *text, size_t length)
{
	const char *end = memchr(text, ' ', length);

	return end != NULL ? (size_t)(end - text) : length;
}

/* The length of the part of a text that fits, without the blanks at its end; at least a word. */
static size_t part_of(const char *text, size_t length, size_t width)
{
	size_t kept;
	size_t fits = text_prefix(text, length, width, &kept);
	size_t lead = blanks_at(text, length);
	size_t end = fits;

	if (fits == length)
		return length;
	while (end > lead && text[end] != ' ')
		end--;
	while (end > lead && text[end - 1] == ' ')
		end--;
	return end > lead ? end : lead + word_at(text + lead, length - lead);
}

void wrap_append(struct buffer *buffer, const char *line, size_t length, size_t width,
                 size_t indent)
{
	size_t part = part_of(line, length, width);

	buffer_append(buffer, line, part);
	for (;;) {
		part += blanks_at(line + part, length - part);
		line += part;
		length -= part;
		if (length == 0)
			return;
		buffer_append(buffer, "\n", 1);
		buffer_append_blanks(buffer, indent);
		part = part_of(line, length, width);
		buffer_append(buffer, line, part);
	}
}

/* The beginning of the last column of a line. */
static size_t last_column(const char *line, size_t length, size_t width)
{
	size_t lead = blanks_at(line, length);
	size_t column = lead + INDENT;

	for (size_t i = lead; i < length; i++) {
		if (line[i] == ' ' && i + 1 < length && line[i + 1] == ' ')
			column = i + blanks_at(line + i, length - i);
	}
	return column + ROOM <= width ? column : lead + INDENT;
}

void wrap_print(const char *text)
{
	const struct terminal *terminal = terminal_stdout();
	struct buffer buffer = { .data = NULL };

	if (!terminal->is_terminal) {
		stdout_write(text, strlen(text));
		return;
	}
	while (*text != '\0') {
		size_t length = strcspn(text, "\n");
		size_t column = last_column(text, length, terminal->width);
		size_t first = column < length ? column : 0;

		/* Of the first line, only the last column is folded. */
		buffer_append(&buffer, text, first);
		wrap_append(&buffer, text + first, length - first, terminal->width - column,
		            column);
		buffer_append(&buffer, "\n", 1);
		text += length + (text[length] == '\n');
	}
	stdout_write(buffer.data, buffer.used);
	free(buffer.data);
}
