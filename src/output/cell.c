#include "output/cell.h"

#include "base/digits.h"
#include "output/text.h"

#include <string.h>

static size_t write_signed(char *target, int64_t number)
{
	if (number >= 0)
		return digits_decimal(target, (uint64_t)number);
	target[0] = '-';
	return 1 + digits_decimal(target + 1, 0 - (uint64_t)number);
}

static bool shown_as_size(const struct column *column, const struct value *value)
{
	return value->kind == VALUE_BYTES || column->type == COLUMN_SIZE;
}

size_t cell_number(char *target, const struct column *column, const struct value *value,
                   const struct format_options *options, time_t now)
{
	if (options->human && shown_as_size(column, value))
		return size_human(target, value->number);
	if (column->type == COLUMN_TIME)
		return time_text(target, (time_t)value->signed_number, options->time_format, now);
	if (options->human && column->type == COLUMN_DURATION)
		return duration_human(target, value->number);
	if (column->type == COLUMN_KEY)
		return digits_key(target, (uint32_t)value->number);
	if (column->type == COLUMN_MODE)
		return digits_octal(target, value->number);
	if (value->kind == VALUE_SIGNED)
		return write_signed(target, value->signed_number);
	return digits_decimal(target, value->number);
}

/* A lone "-" means unknown, so the text "-" is escaped. */
static bool is_lone_dash(const char *text)
{
	return text[0] == '-' && text[1] == '\0';
}

static unsigned int text_style(const struct column *column, const struct format_options *options)
{
	return (options->format == FORMAT_RAW ? TEXT_ESCAPE_BLANKS : TEXT_VISIBLE) |
	       (column->type == COLUMN_ESCAPED ? TEXT_KEEP_BACKSLASH : 0);
}

/* Put a backslash before each character that a shell expands in double quotes. */
static void quote_for_shell(struct buffer *buffer, size_t start)
{
	size_t specials = 0;
	size_t from = buffer->used;
	size_t to;

	for (size_t i = start; i < buffer->used; i++)
		specials += strchr("\"\\$`", buffer->data[i]) != NULL;
	buffer_reserve(buffer, specials);
	to = from + specials;
	buffer->used = to;
	while (from > start) {
		char c = buffer->data[--from];

		buffer->data[--to] = c;
		if (strchr("\"\\$`", c) != NULL)
			buffer->data[--to] = '\\';
	}
}

static size_t append_text(struct buffer *buffer, const struct column *column, const char *text,
                          const struct format_options *options)
{
	size_t start = buffer->used;
	size_t length;
	size_t width;
	unsigned int style = text_style(column, options);
	bool plain = text_is_plain(text, style, &length);

	if (is_lone_dash(text)) {
		buffer_append(buffer, "\\055", 4);
		width = 4;
	} else if (*text == '\0' && options->format == FORMAT_RAW) {
		buffer_append(buffer, "\\000", 4);
		width = 4;
	} else if (plain) {
		buffer_append(buffer, text, length);
		width = length;
	} else {
		char *target = buffer_reserve(buffer, text_visible_size(strlen(text)));

		buffer->used += text_visible(target, text, style);
		width = text_width(target);
	}
	if (options->format == FORMAT_EXPORT)
		quote_for_shell(buffer, start);
	return width;
}

size_t cell_append(struct buffer *buffer, const struct column *column, const struct value *value,
                   const struct format_options *options, time_t now)
{
	static const char unlimited[] = "unlimited";
	const char *word;
	size_t length;

	switch (value->kind) {
	case VALUE_REAL:
	case VALUE_BOOL:
		word = value->kind == VALUE_REAL ? value->text : value->number ? "true" : "false";
		length = strlen(word);
		buffer_append(buffer, word, length);
		return length;
	case VALUE_ABSENT:
	case VALUE_UNKNOWN:
		buffer_append(buffer, "-", 1);
		return 1;
	case VALUE_UNLIMITED:
		buffer_append(buffer, unlimited, sizeof(unlimited) - 1);
		return sizeof(unlimited) - 1;
	case VALUE_TEXT:
	case VALUE_JSON:
		return append_text(buffer, column, value->text, options);
	case VALUE_NUMBER:
	case VALUE_SIGNED:
	case VALUE_BYTES:
		break;
	}
	/* These times contain blanks. */
	if (column->type == COLUMN_TIME &&
	    (options->time_format == TIME_RELATIVE || options->time_format == TIME_SHORT)) {
		char text[UNITS_TEXT_SIZE];

		cell_number(text, column, value, options, now);
		return append_text(buffer, column, text, options);
	}
	length = cell_number(buffer_reserve(buffer, UNITS_TEXT_SIZE), column, value, options, now);
	buffer->used += length;
	return length;
}

void cell_append_aligned(struct buffer *buffer, const struct column *column,
                         const struct value *value, const struct format_options *options,
                         time_t now, size_t width, bool last)
{
	size_t start = buffer->used;
	size_t shown_width;
	size_t missing;

	shown_width = cell_append(buffer, column, value, options, now);
	missing = width > shown_width ? width - shown_width : 0;
	if (missing == 0 || (column->align == ALIGN_LEFT && last))
		return;
	buffer_reserve(buffer, missing);
	if (column->align == ALIGN_LEFT) {
		memset(buffer->data + buffer->used, ' ', missing);
	} else {
		char *text = buffer->data + start;

		memmove(text + missing, text, buffer->used - start);
		memset(text, ' ', missing);
	}
	buffer->used += missing;
}

/* Whether a value is printed as a plain decimal number, the most frequent cell. */
static bool is_decimal(const struct column *column, const struct value *value,
                       const struct format_options *options)
{
	return value->kind == VALUE_NUMBER && !options->human &&
	       (column->type == COLUMN_NUMBER || column->type == COLUMN_SIZE ||
	        column->type == COLUMN_DURATION);
}

void cell_measure_value(struct cell_measure *measure, const struct column *column,
                        const struct value *value, const struct format_options *options, time_t now,
                        struct buffer *scratch)
{
	size_t width;

	if (is_decimal(column, value, options)) {
		width = digits_count(value->number);
	} else if (value->kind == VALUE_UNKNOWN || value->kind == VALUE_ABSENT) {
		width = 1;
	} else if (value->kind == VALUE_NUMBER && column->type == COLUMN_KEY) {
		width = KEY_WIDTH;
	} else if (value->kind == VALUE_TEXT && value->text != value->scratch) {
		/* User names come from a cache: consecutive rows share the same pointer. */
		if (column->value != NULL && value->text == measure->last_text)
			return;
		measure->last_text = value->text;
		scratch->used = 0;
		width = append_text(scratch, column, value->text, options);
	} else {
		scratch->used = 0;
		width = cell_append(scratch, column, value, options, now);
	}
	if (width > measure->width)
		measure->width = width;
}
