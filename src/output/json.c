#include "output/json.h"

#include "base/memory.h"
#include "base/utf8.h"
#include "output/cell.h"
#include "output/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

/*
 * A text is passed unchanged and escaped by JSON's rules. JSON cannot express text that is not
 * UTF-8, so such text appears as in a table; so does text with a backslash, to keep the two forms
 * distinct.
 */
static struct json_object *text_member(const struct column *column, const char *text)
{
	struct buffer shown = { .data = NULL };
	struct json_object *string;
	size_t length;

	if (text_is_plain(text, TEXT_VISIBLE, &length))
		return json_object_new_string_len(text, (int)length);
	if (column->type == COLUMN_ESCAPED)
		return json_object_new_string(text);
	if (column->type != COLUMN_REF && utf8_is_valid(text) && strchr(text, '\\') == NULL)
		return json_object_new_string(text);
	text_visible(buffer_reserve(&shown, text_visible_size(strlen(text))), text, TEXT_UTF8);
	string = json_object_new_string(shown.data);
	free(shown.data);
	return string;
}

/* A number with a notation of its own in tables: a key, a mode, a time. */
static struct json_object *number_string(const struct column *column, const struct value *value,
                                         const struct format_options *options, time_t now)
{
	char text[UNITS_TEXT_SIZE];
	size_t length = cell_number(text, column, value, options, now);

	return json_object_new_string_len(text, (int)length);
}

/* Make the member for a known value; NULL if there is no memory. */
static struct json_object *member(const struct column *column, const struct value *value,
                                  const struct format_options *options, time_t now)
{
	if (value->kind == VALUE_TEXT)
		return text_member(column, value->text);
	if (value->kind == VALUE_REAL)
		return json_object_new_double_s(strtod(value->text, NULL), value->text);
	if (value->kind == VALUE_BOOL)
		return json_object_new_boolean(value->number != 0);
	if (value->kind == VALUE_UNLIMITED)
		return json_object_new_string("unlimited");
	if (column->type == COLUMN_KEY || column->type == COLUMN_MODE ||
	    (column->type == COLUMN_TIME && options->time_format != TIME_UNIX))
		return number_string(column, value, options, now);
	if (value->kind == VALUE_SIGNED)
		return json_object_new_int64(value->signed_number);
	return json_object_new_uint64(value->number);
}

/*
 * The length in bytes of a character that JSON allows unescaped and that a terminal acts on: DEL,
 * the C1 controls, bidirectional controls. 0 for any other character.
 */
static size_t terminal_control(const char *text, uint32_t *character)
{
	size_t length = utf8_decode(text, UTF8_LENGTH_MAX, character);

	return *character < 0xa0 || text_turns_direction(*character) ? length : 0;
}

/* Append json-c's output, with \u escapes for characters that a terminal acts on. */
static void append_safely(struct buffer *buffer, const char *json, size_t length)
{
	const char *from = json;

	for (const char *at = json; at < json + length; at++) {
		uint32_t character = 0;
		char escape[8];
		size_t skipped;

		if ((unsigned char)*at < 0x7f)
			continue;
		skipped = terminal_control(at, &character);
		if (skipped == 0)
			continue;
		buffer_append(buffer, from, (size_t)(at - from));
		snprintf(escape, sizeof(escape), "\\u%04x", (unsigned int)character);
		buffer_append_text(buffer, escape);
		from = at + skipped;
		at = from - 1;
	}
	buffer_append(buffer, from, (size_t)(json + length - from));
}

static void append_json(struct buffer *buffer, struct json_object *json)
{
	size_t length;
	const char *text = needed((void *)json_object_to_json_string_length(
	    json, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &length));

	append_safely(buffer, text, length);
	json_object_put(json);
}

void json_append_row(struct buffer *buffer, const struct column_choice *choice, const void *row,
                     const struct format_options *options, time_t now)
{
	const unsigned int flags = JSON_C_OBJECT_ADD_KEY_IS_NEW | JSON_C_OBJECT_KEY_IS_CONSTANT;
	struct json_object *object = needed(json_object_new_object());

	for (size_t i = 0; i < choice->count; i++) {
		const struct column *column = choice->columns[i];
		struct json_object *value_member = NULL;
		struct value value;

		column_value(choice->set, column, row, &value);
		if (value.kind != VALUE_UNKNOWN && value.kind != VALUE_ABSENT)
			value_member = needed(member(column, &value, options, now));
		if (json_object_object_add_ex(object, column->name, value_member, flags) < 0)
			memory_is_out();
	}
	append_json(buffer, object);
}

void json_append_text(struct buffer *buffer, const char *text)
{
	static const struct column plain = { .name = "", .type = COLUMN_TEXT };

	append_json(buffer, needed(text_member(&plain, text)));
}
