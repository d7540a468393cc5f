#include "commands/read/byte_printer.h"

#include "output/stdout.h"
#include "output/terminal.h"
#include "output/text.h"

#include <stdio.h>
#include <string.h>

void byte_printer_begin(struct byte_printer *printer, enum byte_format format, uint64_t offset)
{
	const struct terminal *terminal = terminal_stdout();

	printer->format = format;
	printer->on_terminal = terminal->is_terminal;
	printer->ended = false;
	printer->line_is_open = true;
	hexdump_begin(&printer->dump, offset, terminal->is_terminal ? terminal->width : 0);
}

static void add_hex(struct byte_printer *printer, const char *bytes, size_t size)
{
	const unsigned char *from = (const unsigned char *)bytes;
	char line[HEXDUMP_LINE_SIZE];
	const size_t row = printer->dump.row;

	for (size_t i = 0; i < size; i += row) {
		size_t count = size - i < row ? size - i : row;

		stdout_write(line, hexdump_line(&printer->dump, from + i, count, line));
	}
}

/*
 * On a terminal, escape everything that it would interpret, except newline and tab. A character
 * split between two pieces is at worst printed escaped.
 */
static void add_visible(const char *text, size_t size)
{
	while (size > 0) {
		char piece[1024];
		char visible[sizeof(piece) * 4 + 2];
		size_t plain = 0;

		while (plain < size && plain < sizeof(piece) - 1 && text[plain] != '\n' &&
		       text[plain] != '\t')
			plain++;
		memcpy(piece, text, plain);
		piece[plain] = '\0';
		stdout_write(visible, text_visible(visible, piece, TEXT_KEEP_BACKSLASH));
		if (plain < size && (text[plain] == '\n' || text[plain] == '\t'))
			stdout_write(text + plain++, 1);
		text += plain;
		size -= plain;
	}
}

static void add_string(struct byte_printer *printer, const char *bytes, size_t size)
{
	size_t length = strnlen(bytes, size);

	if (printer->ended)
		return;
	printer->ended = length < size;
	if (length > 0)
		printer->line_is_open = bytes[length - 1] != '\n';
	if (printer->on_terminal)
		add_visible(bytes, length);
	else
		stdout_write(bytes, length);
}

void byte_printer_add(struct byte_printer *printer, const char *bytes, size_t size)
{
	switch (printer->format) {
	case BYTES_AS_HEX:
		add_hex(printer, bytes, size);
		break;
	case BYTES_AS_STRING:
		add_string(printer, bytes, size);
		break;
	case BYTES_AS_IS:
		stdout_write(bytes, size);
		break;
	}
}

void byte_printer_end(struct byte_printer *printer)
{
	if (printer->format == BYTES_AS_HEX) {
		char line[HEXDUMP_LINE_SIZE];

		stdout_write(line, hexdump_end(&printer->dump, line));
	} else if (printer->format == BYTES_AS_STRING && printer->line_is_open) {
		stdout_write("\n", 1);
	}
}
