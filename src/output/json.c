#include "output/json.h"

#include "base/utf8.h"
#include "output/cell.h"
#include "output/text.h"

#include <stdlib.h>
#include <string.h>

/*
 * The length in bytes of a character that JSON allows unescaped and that a terminal acts on: DEL,
 * the C1 controls, bidirectional controls. 0 for any other character.
 */
static size_t terminal_control(const char *text, uint32_t *character)
{
	size_t length = utf8_decode(text, UTF8_LENGTH_MAX, character);

	return *character < 0xa0 || text_turns_direction(*character) ? length : 0;
}

static void append_code(struct buffer *buffer, uint32_t character)
{
	static const char digits[] = "0123456789abcdef";
	const char escape[] = {
		'\\',
		'u',
		digits[character >> 12 & 15],
		digits[character >> 8 & 15],
		digits[character >> 4 & 15],
		digits[character & 15],
	};

	buffer_append(buffer, escape, sizeof(escape));
}

/* Append the escape for the character that begins a text. Returns its length; 0 if it needs none. */
static size_t append_escape(struct buffer *buffer, const char *text)
{
	static const char short_forms[] = "\"\"\\\\\bb\ff\nn\rr\tt";
	const unsigned char byte = (unsigned char)*text;
	uint32_t character = byte;
	size_t length = 1;

	for (const char *form = short_forms; *form != '\0'; form += 2) {
		if (*form == *text) {
			buffer_append(buffer, "\\", 1);
			buffer_append(buffer, form + 1, 1);
			return 1;
		}
	}
	if (byte >= 0x7f)
		length = terminal_control(text, &character);
	if (length > 0)
		append_code(buffer, character);
	return length;
}

/* Append valid UTF-8 as a string, with escapes also for characters that a terminal acts on. */
static void append_string(struct buffer *buffer, const char *text)
{
	const char *from = text;
	const char *at = text;

	buffer_append(buffer, "\"", 1);
	while (*at != '\0') {
		const unsigned char byte = (unsigned char)*at;
		size_t length;

		if (byte >= ' ' && byte < 0x7f && byte != '"' && byte != '\\') {
			at++;
			continue;
		}
		buffer_append(buffer, from, (size_t)(at - from));
		length = append_escape(buffer, at);
		from = at + length;
		at += length > 0 ? length : 1;
	}
	buffer_append(buffer, from, (size_t)(at - from));
	buffer_append(buffer, "\"", 1);
}

/*
 * A text is passed unchanged and escaped by JSON's rules. JSON cannot express text that is not
 * UTF-8, so such text appears as in a table; so does text with a backslash, to keep the two forms
 * distinct.
 */
static void append_text(struct buffer *buffer, const struct column *column, const char *text)
{
	size_t length;
	char *shown;

	if (text_is_plain(text, TEXT_VISIBLE, &length) || column->type == COLUMN_ESCAPED ||
	    (column->type != COLUMN_REF && utf8_is_valid(text) && strchr(text, '\\') == NULL)) {
		append_string(buffer, text);
		return;
	}
	shown = text_visible_copy(text, TEXT_UTF8);
	append_string(buffer, shown);
	free(shown);
}

/* Whether a number has a notation of its own in tables: a key, a mode, a time. */
static bool is_string(const struct column *column, const struct format_options *options)
{
	return column->type == COLUMN_KEY || column->type == COLUMN_MODE ||
	       (column->type == COLUMN_TIME && options->time_format != TIME_UNIX);
}

static void append_number(struct buffer *buffer, const struct column *column,
                          const struct value *value, const struct format_options *options,
                          time_t now)
{
	const struct column number = { .name = "", .type = COLUMN_NUMBER };
	const struct format_options plain = { .human = false };
	char text[UNITS_TEXT_SIZE];

	if (is_string(column, options)) {
		text[cell_number(text, column, value, options, now)] = '\0';
		append_string(buffer, text);
	} else {
		buffer_append(buffer, text, cell_number(text, &number, value, &plain, now));
	}
}

static void append_value(struct buffer *buffer, const struct column *column,
                         const struct value *value, const struct format_options *options,
                         time_t now)
{
	switch (value->kind) {
	case VALUE_ABSENT:
	case VALUE_UNKNOWN:
		buffer_append_text(buffer, "null");
		break;
	case VALUE_TEXT:
		append_text(buffer, column, value->text);
		break;
	case VALUE_REAL:
	case VALUE_JSON:
		buffer_append_text(buffer, value->text);
		break;
	case VALUE_BOOL:
		buffer_append_text(buffer, value->number != 0 ? "true" : "false");
		break;
	case VALUE_UNLIMITED:
		buffer_append_text(buffer, "\"unlimited\"");
		break;
	case VALUE_NUMBER:
	case VALUE_SIGNED:
	case VALUE_BYTES:
		append_number(buffer, column, value, options, now);
		break;
	}
}

void json_append_row(struct buffer *buffer, const struct column_choice *choice, const void *row,
                     const struct format_options *options, time_t now)
{
	struct value value;

	for (size_t i = 0; i < choice->count; i++) {
		const struct column *column = choice->columns[i];

		buffer_append(buffer, i == 0 ? "{" : ",", 1);
		append_string(buffer, column->name);
		buffer_append(buffer, ":", 1);
		column_value(choice->set, column, row, &value);
		append_value(buffer, column, &value, options, now);
	}
	buffer_append(buffer, "}", 1);
}

void json_append_text(struct buffer *buffer, const char *text)
{
	static const struct column plain = { .name = "", .type = COLUMN_TEXT };

	append_text(buffer, &plain, text);
}
