#include "records/json.h"

#include "base/memory.h"
#include "base/number.h"
#include "records/value.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

/* Nested objects and arrays, as deep as a record can be. */
enum { JSON_DEPTH_MAX = (RECORD_DEPTH_MAX + 1) * (RECORD_DIMENSIONS_MAX + 1) + 1 };

struct json_reader {
	struct record_encoder *encoder;
	struct json_tokener *tokener;
	const char *text;
	const char *at;
	const char *end;
	const char *row; /* start of the row */
};

/*
 * Values
 */

/* The end of a string in valid JSON, after its closing quote. */
static const char *skip_string(const char *text)
{
	const char quote = *text++;

	while (*text != quote)
		text += *text == '\\' ? 2 : 1;
	return text + 1;
}

/* Whether an integer in valid JSON has more than 64 bits. */
static bool is_large_integer(const char *number, const char *end)
{
	const bool is_negative = *number == '-';
	uint64_t magnitude;

	if (memchr(number, '.', (size_t)(end - number)) != NULL ||
	    memchr(number, 'e', (size_t)(end - number)) != NULL ||
	    memchr(number, 'E', (size_t)(end - number)) != NULL)
		return false;
	number += is_negative;
	return number_take(&number, NUMBER_DECIMAL, &magnitude) == NUMBER_TOO_LARGE ||
	       (is_negative && magnitude > (uint64_t)INT64_MAX + 1);
}

/*
 * Whether the current row has an integer of more than 64 bits, which json-c replaces with the
 * nearest 64-bit value.
 */
static bool has_large_integer(const struct json_reader *reader)
{
	const char *at = reader->row;

	while (at < reader->at) {
		size_t number = strspn(at, "-+.eE0123456789");

		if (*at == '"' || *at == '\'')
			at = skip_string(at);
		else if (number > 0 && is_large_integer(at, at + number))
			return true;
		else
			at += number > 0 ? number : 1;
	}
	return false;
}

/* Get the exact value of an integer; false if it has more than 64 bits. */
static bool integer_value(const struct json_reader *reader, struct json_object *json,
                          struct record_value *value)
{
	bool is_limit;

	value->kind = RECORD_VALUE_SIGNED;
	value->signed_number = json_object_get_int64(json);
	is_limit = value->signed_number == INT64_MIN;
	if (value->signed_number >= 0) {
		value->kind = RECORD_VALUE_UNSIGNED;
		value->unsigned_number = json_object_get_uint64(json);
		is_limit = value->unsigned_number == UINT64_MAX;
	}
	return !is_limit || !has_large_integer(reader);
}

/* Store a number, a text or a boolean in a member. */
static int put_value(struct json_reader *reader, const struct record_member *member,
                     struct json_object *json)
{
	struct record_value value;

	switch (json_object_get_type(json)) {
	case json_type_boolean:
		value.kind = RECORD_VALUE_BOOL;
		value.is_true = json_object_get_boolean(json);
		break;
	case json_type_int:
		if (!integer_value(reader, json, &value))
			return record_encoder_refuse(reader->encoder, member,
			                             "the number has more than 64 bits");
		break;
	case json_type_double:
		/* json-c keeps the original spelling. */
		value.kind = RECORD_VALUE_REAL;
		value.text = needed((void *)json_object_get_string(json));
		value.length = strlen(value.text);
		break;
	case json_type_string:
		value.kind = RECORD_VALUE_TEXT;
		value.text = json_object_get_string(json);
		value.length = (size_t)json_object_get_string_len(json);
		break;
	default:
		return record_encoder_refuse(reader->encoder, member, "null is not a valid value");
	}
	return record_encoder_put(reader->encoder, member, &value);
}

/*
 * Rows
 */

static int put_json(struct json_reader *reader, const char *name, struct json_object *json);

/* Store an element of an object or an array under its own name. Frees the name. */
static int put_inner(struct json_reader *reader, char *name, struct json_object *json)
{
	const int result = put_json(reader, name, json);

	free(name);
	return result;
}

static int put_array(struct json_reader *reader, const char *name, struct json_object *array)
{
	for (size_t i = 0; i < json_object_array_length(array); i++) {
		if (put_inner(reader, needed_text("%s[%zu]", name, i),
		              json_object_array_get_idx(array, i)) < 0)
			return -1;
	}
	return 0;
}

static int put_object(struct json_reader *reader, const char *name, struct json_object *object)
{
	json_object_object_foreach(object, key, json) {
		if (put_inner(reader, needed_text("%s.%s", name, key), json) < 0)
			return -1;
	}
	return 0;
}

/* Store a value of any type in the row. */
static int put_json(struct json_reader *reader, const char *name, struct json_object *json)
{
	const struct record_member *member;

	if (json_object_is_type(json, json_type_object))
		return put_object(reader, name, json);
	if (json_object_is_type(json, json_type_array))
		return put_array(reader, name, json);
	member = record_encoder_find(reader->encoder, name);
	if (member == NULL)
		return error_set(reader->encoder->error, STATUS_FAILED,
		                 "row %llu: unknown member '%.60s'",
		                 record_encoder_row(reader->encoder), name);
	return put_value(reader, member, json);
}

/* Make a row from an object. */
static int put_row(struct json_reader *reader, struct json_object *row)
{
	json_object_object_foreach(row, key, json) {
		if (put_json(reader, key, json) < 0)
			return -1;
	}
	return record_encoder_end_row(reader->encoder);
}

/*
 * Text
 */

static void skip_blanks(struct json_reader *reader)
{
	while (reader->at < reader->end && strchr(" \t\r\n", *reader->at) != NULL &&
	       *reader->at != '\0')
		reader->at++;
}

/* Whether this character is next. */
static bool is_next(const struct json_reader *reader, char character)
{
	return reader->at < reader->end && *reader->at == character;
}

/* The number of the next byte, counted from 1, for messages. */
static size_t byte_number(const struct json_reader *reader)
{
	return (size_t)(reader->at - reader->text) + 1;
}

/* Report why an object could not be parsed. */
static int refuse_text(const struct json_reader *reader, const char *why)
{
	if (reader->at == reader->end)
		return error_set(reader->encoder->error, STATUS_FAILED,
		                 "row %llu: unexpected end of the input",
		                 record_encoder_row(reader->encoder));
	return error_set(reader->encoder->error, STATUS_FAILED, "row %llu: %s (byte %zu)",
	                 record_encoder_row(reader->encoder), why, byte_number(reader));
}

/* The same with json-c's message. */
static int refuse_object(struct json_reader *reader)
{
	enum json_tokener_error why = json_tokener_get_error(reader->tokener);

	if (why == json_tokener_continue)
		reader->at = reader->end;
	else
		reader->at += json_tokener_get_parse_end(reader->tokener);
	return refuse_text(reader, json_tokener_error_desc(why));
}

enum { LENIENT = JSON_TOKENER_ALLOW_TRAILING_CHARS | JSON_TOKENER_VALIDATE_UTF8 };

static struct json_object *parse(struct json_reader *reader, int flags)
{
	const size_t left = (size_t)(reader->end - reader->at);

	json_tokener_set_flags(reader->tokener, flags);
	return json_tokener_parse_ex(reader->tokener, reader->at,
	                             left < INT_MAX ? (int)left : INT_MAX);
}

/*
 * Parse an object. If it is strict, json-c 0.18 takes every byte above 127 in a string for a control
 * character; bytes that are not UTF-8 are also refused if it is not.
 */
static struct json_object *parse_object(struct json_reader *reader)
{
	struct json_object *object = parse(reader, LENIENT | JSON_TOKENER_STRICT);
	const char *end = reader->at + json_tokener_get_parse_end(reader->tokener);

	if (object != NULL || end >= reader->end || (unsigned char)*end < 0x80)
		return object;
	json_tokener_reset(reader->tokener);
	return parse(reader, LENIENT);
}

/* Parse an object and make a row from it. */
static int read_row(struct json_reader *reader)
{
	struct json_object *row;
	int result;

	if (record_encoder_begin_row(reader->encoder) < 0)
		return -1;
	if (!is_next(reader, '{'))
		return refuse_text(reader, "expected a JSON object");
	reader->row = reader->at;
	row = parse_object(reader);
	if (row == NULL)
		return refuse_object(reader);
	reader->at += json_tokener_get_parse_end(reader->tokener);
	result = put_row(reader, row);
	json_object_put(row);
	return result;
}

/* Parse objects separated by commas. */
static int read_elements(struct json_reader *reader)
{
	for (;;) {
		if (read_row(reader) < 0)
			return -1;
		skip_blanks(reader);
		if (!is_next(reader, ','))
			return 0;
		reader->at++;
		skip_blanks(reader);
	}
}

static int read_array(struct json_reader *reader)
{
	reader->at++;
	skip_blanks(reader);
	if (!is_next(reader, ']') && read_elements(reader) < 0)
		return -1;
	if (!is_next(reader, ']'))
		return refuse_text(reader, "expected ',' or ']'");
	reader->at++;
	skip_blanks(reader);
	if (reader->at < reader->end)
		return error_set(reader->encoder->error, STATUS_FAILED,
		                 "unexpected text after the end of the array (byte %zu)",
		                 byte_number(reader));
	return 0;
}

/* Parse consecutive objects, with or without newlines between them. */
static int read_objects(struct json_reader *reader)
{
	while (reader->at < reader->end) {
		if (read_row(reader) < 0)
			return -1;
		skip_blanks(reader);
	}
	return 0;
}

int record_json_read(struct record_encoder *encoder, const char *text, const char *end)
{
	struct json_reader reader = { .encoder = encoder, .text = text, .at = text, .end = end };
	int result;

	reader.tokener = needed(json_tokener_new_ex(JSON_DEPTH_MAX));
	skip_blanks(&reader);
	result = is_next(&reader, '[') ? read_array(&reader) : read_objects(&reader);
	json_tokener_free(reader.tokener);
	return result;
}
