/*
 * Values of a record's members: reading, printing and writing. The file is long because each type
 * has a reader, a writer and the messages that reject a value, which share their tables.
 */
#include "records/value.h"

#include "base/number.h"
#include "base/utf8.h"
#include "records/real.h"

#include <byteswap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	BYTES_OF_AN_ESCAPE = 4, /* "\012" */
	SHOWN_TEXT_MAX = 40,    /* of a text in a message, in bytes */
	SHOWN_VALUE_SIZE = 64,  /* room for that with quotes and dots */
};

/*
 * Bytes and bits
 */

static const unsigned char *bytes_of(const struct record_member *member, const void *record)
{
	return (const unsigned char *)record + member->offset;
}

/* Load a number of 1, 2, 4 or 8 bytes in native byte order. */
static uint64_t load(const struct record_member *member, const void *record)
{
	const unsigned char *bytes = bytes_of(member, record);
	uint16_t two;
	uint32_t four;
	uint64_t eight;

	switch (member->size) {
	case sizeof(two):
		memcpy(&two, bytes, sizeof(two));
		return member->is_swapped ? bswap_16(two) : two;
	case sizeof(four):
		memcpy(&four, bytes, sizeof(four));
		return member->is_swapped ? bswap_32(four) : four;
	case sizeof(eight):
		memcpy(&eight, bytes, sizeof(eight));
		return member->is_swapped ? bswap_64(eight) : eight;
	default:
		return *bytes;
	}
}

/* Store the low bits of a number in 1, 2, 4 or 8 bytes. */
static void store(const struct record_member *member, uint64_t bits, void *record)
{
	unsigned char *bytes = (unsigned char *)record + member->offset;
	uint16_t two = (uint16_t)bits;
	uint32_t four = (uint32_t)bits;

	switch (member->size) {
	case sizeof(two):
		two = member->is_swapped ? bswap_16(two) : two;
		memcpy(bytes, &two, sizeof(two));
		break;
	case sizeof(four):
		four = member->is_swapped ? bswap_32(four) : four;
		memcpy(bytes, &four, sizeof(four));
		break;
	case sizeof(bits):
		bits = member->is_swapped ? bswap_64(bits) : bits;
		memcpy(bytes, &bits, sizeof(bits));
		break;
	default:
		*bytes = (unsigned char)bits;
	}
}

/* The highest bit of an integer or a float. */
static uint64_t sign_bit(const struct record_member *member)
{
	return (uint64_t)1 << (member->size * 8 - 1);
}

/*
 * Texts out of records
 */

static bool is_plain(unsigned char byte)
{
	return byte != '\0' && byte != '\\' && byte < 0x80;
}

/* Write "\ooo". Returns its end. */
static char *escape(char *target, unsigned char byte)
{
	target[0] = '\\';
	target[1] = (char)('0' + (byte >> 6));
	target[2] = (char)('0' + (byte >> 3 & 7));
	target[3] = (char)('0' + (byte & 7));
	return target + BYTES_OF_AN_ESCAPE;
}

/* Copy bytes in printable form. Returns the length of the text. */
static size_t show_bytes(char *target, const unsigned char *bytes, size_t count)
{
	char *end = target;
	size_t i = 0;

	while (i < count) {
		uint32_t character;
		size_t length = bytes[i] < 0x80
		                    ? is_plain(bytes[i])
		                    : utf8_decode((const char *)bytes + i, count - i, &character);

		if (length == 0) {
			end = escape(end, bytes[i]);
			i++;
			continue;
		}
		memcpy(end, bytes + i, length);
		end += length;
		i += length;
	}
	*end = '\0';
	return (size_t)(end - target);
}

static size_t read_text(const struct record_member *member, const void *record, char *target)
{
	const unsigned char *bytes = bytes_of(member, record);
	size_t count = (size_t)member->size;
	size_t plain = 0;

	while (count > 0 && bytes[count - 1] == '\0')
		count--;
	for (; plain < count && is_plain(bytes[plain]); plain++)
		target[plain] = (char)bytes[plain];
	return plain + show_bytes(target + plain, bytes + plain, count - plain);
}

/*
 * Reading
 */

size_t record_value_scratch_size(const struct record_member *member)
{
	if (member->type == RECORD_TEXT)
		return (size_t)member->size * BYTES_OF_AN_ESCAPE + 1;
	return RECORD_REAL_TEXT_SIZE;
}

static void read_unsigned(uint64_t number, struct record_value *value)
{
	value->kind = RECORD_VALUE_UNSIGNED;
	value->unsigned_number = number;
}

static void read_bool(uint64_t number, struct record_value *value)
{
	if (number > 1) {
		read_unsigned(number, value);
		return;
	}
	value->kind = RECORD_VALUE_BOOL;
	value->is_true = number == 1;
}

static void read_real(const struct record_member *member, const void *record,
                      struct record_value *value, char *scratch)
{
	bool is_finite;

	if (member->type == RECORD_LONG_DOUBLE)
		value->length =
		    record_real_show_long_double(bytes_of(member, record), scratch, &is_finite);
	else
		value->length =
		    record_real_show(load(member, record), member->size, scratch, &is_finite);
	value->kind = is_finite ? RECORD_VALUE_REAL : RECORD_VALUE_TEXT;
	value->text = scratch;
}

static void read_pointer(uint64_t address, struct record_value *value, char *scratch)
{
	value->kind = RECORD_VALUE_HEX;
	value->unsigned_number = address;
	value->text = scratch;
	value->length =
	    (size_t)snprintf(scratch, RECORD_REAL_TEXT_SIZE, "0x%llx", (unsigned long long)address);
}

void record_value_read(const struct record_member *member, const void *record,
                       struct record_value *value, char *scratch)
{
	uint64_t sign;

	switch (member->type) {
	case RECORD_TEXT:
		value->kind = RECORD_VALUE_TEXT;
		value->text = scratch;
		value->length = read_text(member, record, scratch);
		break;
	case RECORD_SIGNED:
		sign = sign_bit(member);
		value->kind = RECORD_VALUE_SIGNED;
		value->signed_number = (int64_t)((load(member, record) ^ sign) - sign);
		break;
	case RECORD_UNSIGNED:
		read_unsigned(load(member, record), value);
		break;
	case RECORD_BOOL:
		read_bool(load(member, record), value);
		break;
	case RECORD_FLOAT:
	case RECORD_LONG_DOUBLE:
		read_real(member, record, value, scratch);
		break;
	case RECORD_POINTER:
		read_pointer(load(member, record), value, scratch);
		break;
	}
}

/*
 * Sentences about values
 */

/* The form of a value in a message: a text is quoted, and cut if it is long. */
static const char *shown(const struct record_value *value, char text[SHOWN_VALUE_SIZE])
{
	const char *quote = value->kind == RECORD_VALUE_TEXT ? "'" : "";
	size_t length = value->length;

	switch (value->kind) {
	case RECORD_VALUE_SIGNED:
		snprintf(text, SHOWN_VALUE_SIZE, "%lld", (long long)value->signed_number);
		break;
	case RECORD_VALUE_UNSIGNED:
		snprintf(text, SHOWN_VALUE_SIZE, "%llu",
		         (unsigned long long)value->unsigned_number);
		break;
	case RECORD_VALUE_BOOL:
		snprintf(text, SHOWN_VALUE_SIZE, "%s", value->is_true ? "true" : "false");
		break;
	case RECORD_VALUE_REAL:
	case RECORD_VALUE_TEXT:
	case RECORD_VALUE_HEX:
		if (length > SHOWN_TEXT_MAX)
			length = SHOWN_TEXT_MAX;
		/* Do not cut within a UTF-8 character. */
		while (length > 0 && length < value->length && utf8_continues(value->text[length]))
			length--;
		snprintf(text, SHOWN_VALUE_SIZE, "%s%.*s%s%s", quote, (int)length, value->text,
		         length < value->length ? "..." : "", quote);
		break;
	}
	return text;
}

/* The same for a value that is a number in any form: without quotes. */
static const char *shown_number(const struct record_value *value, char text[SHOWN_VALUE_SIZE])
{
	struct record_value number = *value;

	if (number.kind == RECORD_VALUE_TEXT)
		number.kind = RECORD_VALUE_REAL;
	return shown(&number, text);
}

/* Report an invalid value: the value, followed by the sentence. */
static int refuse(const struct record_value *value, const char *sentence, struct error *error)
{
	char text[SHOWN_VALUE_SIZE];

	return error_set(error, STATUS_FAILED, "%s %s", shown(value, text), sentence);
}

static int refuse_number(const struct record_value *value, const char *sentence,
                         struct error *error)
{
	char text[SHOWN_VALUE_SIZE];

	return error_set(error, STATUS_FAILED, "%s %s", shown_number(value, text), sentence);
}

static int refuse_range(const struct record_member *member, const struct record_value *value,
                        struct error *error)
{
	const uint64_t sign = sign_bit(member);
	char text[SHOWN_VALUE_SIZE];

	if (member->type == RECORD_SIGNED)
		return error_set(error, STATUS_FAILED, "%s is out of range (-%llu to %llu)",
		                 shown_number(value, text), (unsigned long long)sign,
		                 (unsigned long long)(sign - 1));
	return error_set(error, STATUS_FAILED, "%s is out of range (0 to %llu)",
	                 shown_number(value, text), (unsigned long long)(sign | (sign - 1)));
}

static bool has_text(const struct record_value *value)
{
	return value->kind == RECORD_VALUE_TEXT || value->kind == RECORD_VALUE_REAL ||
	       value->kind == RECORD_VALUE_HEX;
}

/*
 * Texts into records
 */

static int refuse_length(const struct record_member *member, const struct record_value *value,
                         uint64_t count, struct error *error)
{
	char text[SHOWN_VALUE_SIZE];

	return error_set(error, STATUS_FAILED, "%s has %llu bytes, the member takes %llu",
	                 shown(value, text), (unsigned long long)count,
	                 (unsigned long long)member->size);
}

static bool is_octal(char c)
{
	return c >= '0' && c <= '7';
}

/* Whether a backslash is followed by three octal digits that form a byte. */
static bool is_escape(const char *text, size_t left)
{
	return left >= BYTES_OF_AN_ESCAPE && text[1] >= '0' && text[1] <= '3' &&
	       is_octal(text[2]) && is_octal(text[3]);
}

static unsigned char unescape(const char *text)
{
	return (unsigned char)((text[1] - '0') << 6 | (text[2] - '0') << 3 | (text[3] - '0'));
}

/* Count the bytes represented by a text: 0, or -1 with the error set. */
static int count_bytes(const struct record_value *value, uint64_t *count, struct error *error)
{
	const char *end = value->text + value->length;

	*count = 0;
	for (const char *at = value->text; at < end; at++) {
		if (*at == '\\') {
			if (!is_escape(at, (size_t)(end - at)))
				return refuse(
				    value,
				    "has a backslash without three octal digits (\\134 is "
				    "the backslash itself)",
				    error);
			at += BYTES_OF_AN_ESCAPE - 1;
		}
		(*count)++;
	}
	return 0;
}

static void unescape_bytes(const struct record_value *value, unsigned char *target)
{
	const char *end = value->text + value->length;

	for (const char *at = value->text; at < end; at++) {
		if (*at == '\\') {
			*target++ = unescape(at);
			at += BYTES_OF_AN_ESCAPE - 1;
		} else {
			*target++ = (unsigned char)*at;
		}
	}
}

static int write_text(const struct record_member *member, const struct record_value *value,
                      void *record, struct error *error)
{
	unsigned char *target = (unsigned char *)record + member->offset;
	uint64_t count = value->length;
	bool has_escapes;

	if (value->kind != RECORD_VALUE_TEXT)
		return refuse(value, "is not text", error);
	has_escapes = memchr(value->text, '\\', value->length) != NULL;
	if (has_escapes && count_bytes(value, &count, error) < 0)
		return -1;
	if (count > member->size)
		return refuse_length(member, value, count, error);
	if (has_escapes)
		unescape_bytes(value, target);
	else
		memcpy(target, value->text, value->length);
	memset(target + count, 0, (size_t)(member->size - count));
	return 0;
}

/*
 * Integers into records
 */

enum integer_end {
	INTEGER_READ,
	INTEGER_NO_NUMBER,
	INTEGER_NOT_WHOLE,
	INTEGER_NOT_EXACT,
	INTEGER_TOO_LARGE,
};

struct integer {
	bool is_negative;
	uint64_t magnitude;
};

/* Parse a whole number written with a point or an exponent: "1e3". */
static enum integer_end parse_whole_real(const struct record_value *value, struct integer *integer)
{
	const double exact = 9007199254740992.0;         /* 2^53: larger integers share a double */
	const double too_large = 18446744073709551616.0; /* 2^64 */
	char *end;
	double number = strtod(value->text, &end);
	double magnitude = number < 0 ? -number : number;

	if (!record_real_begins_decimal(value->text) || end != value->text + value->length)
		return INTEGER_NO_NUMBER;
	if (magnitude >= too_large)
		return INTEGER_TOO_LARGE;
	if (magnitude >= exact)
		return INTEGER_NOT_EXACT;
	if (magnitude != (double)(uint64_t)magnitude)
		return INTEGER_NOT_WHOLE;
	integer->is_negative = number < 0;
	integer->magnitude = (uint64_t)magnitude;
	return INTEGER_READ;
}

static enum integer_end parse_integer(const struct record_value *value, struct integer *integer)
{
	const char *rest = value->text;
	enum number_end end;

	integer->is_negative = *rest == '-';
	rest += integer->is_negative;
	end = number_take(&rest, NUMBER_WITH_0X, &integer->magnitude);
	if (end == NUMBER_NONE || rest != value->text + value->length)
		return parse_whole_real(value, integer);
	return end == NUMBER_READ ? INTEGER_READ : INTEGER_TOO_LARGE;
}

static enum integer_end integer_of(const struct record_value *value, struct integer *integer)
{
	if (has_text(value))
		return parse_integer(value, integer);
	if (value->kind == RECORD_VALUE_BOOL)
		return INTEGER_NO_NUMBER;
	integer->is_negative = value->kind == RECORD_VALUE_SIGNED && value->signed_number < 0;
	integer->magnitude =
	    integer->is_negative ? 0 - value->unsigned_number : value->unsigned_number;
	return INTEGER_READ;
}

static bool is_in_range(const struct record_member *member, const struct integer *integer)
{
	const uint64_t sign = sign_bit(member);

	if (integer->magnitude == 0)
		return true;
	if (member->type == RECORD_SIGNED)
		return integer->magnitude <= (integer->is_negative ? sign : sign - 1);
	return !integer->is_negative && integer->magnitude <= (sign | (sign - 1));
}

static int write_integer(const struct record_member *member, const struct record_value *value,
                         void *record, struct error *error)
{
	struct integer integer = { .magnitude = 0 };

	switch (integer_of(value, &integer)) {
	case INTEGER_NO_NUMBER:
		return refuse(value, "is not a number", error);
	case INTEGER_NOT_WHOLE:
		return refuse_number(value, "is not a whole number", error);
	case INTEGER_NOT_EXACT:
		return refuse_number(value, "is not exact: write all of its digits", error);
	case INTEGER_TOO_LARGE:
		return refuse_range(member, value, error);
	case INTEGER_READ:
		break;
	}
	if (!is_in_range(member, &integer))
		return refuse_range(member, value, error);
	store(member, integer.is_negative ? 0 - integer.magnitude : integer.magnitude, record);
	return 0;
}

/* Any byte is accepted, because exact copies of records may contain any. */
static int write_bool(const struct record_member *member, const struct record_value *value,
                      void *record, struct error *error)
{
	struct integer integer = { .magnitude = 0 };

	if (value->kind == RECORD_VALUE_BOOL) {
		integer.magnitude = value->is_true;
	} else if (has_text(value) && strcmp(value->text, "true") == 0) {
		integer.magnitude = 1;
	} else if (has_text(value) && strcmp(value->text, "false") == 0) {
		integer.magnitude = 0;
	} else if (integer_of(value, &integer) != INTEGER_READ || !is_in_range(member, &integer)) {
		return refuse(value, "is not true or false (or 1 or 0)", error);
	}
	store(member, integer.magnitude, record);
	return 0;
}

/*
 * Reals into records
 */

static int write_float(const struct record_member *member, const struct record_value *value,
                       void *record, struct error *error)
{
	const char *type = member->size == sizeof(float) ? "float" : "double";
	char digits[SHOWN_VALUE_SIZE];
	const char *text = has_text(value) ? value->text : shown(value, digits);
	size_t length = has_text(value) ? value->length : strlen(text);
	uint64_t bits = 0;

	switch (record_real_parse(text, length, member->size, &bits)) {
	case RECORD_REAL_NO_NUMBER:
		return refuse(value, "is not a number", error);
	case RECORD_REAL_TOO_LARGE:
		return error_set(error, STATUS_FAILED, "%s is out of range for %s",
		                 shown_number(value, digits), type);
	case RECORD_REAL_READ:
		break;
	}
	store(member, bits, record);
	return 0;
}

/*
 * Writing
 */

int record_value_write(const struct record_member *member, const struct record_value *value,
                       void *record, struct error *error)
{
	switch (member->type) {
	case RECORD_TEXT:
		return write_text(member, value, record, error);
	case RECORD_SIGNED:
	case RECORD_UNSIGNED:
	case RECORD_POINTER:
		return write_integer(member, value, record, error);
	case RECORD_BOOL:
		return write_bool(member, value, record, error);
	case RECORD_FLOAT:
		return write_float(member, value, record, error);
	case RECORD_LONG_DOUBLE:
		break;
	}
	return error_set(error, STATUS_FAILED, "is read-only: a long double can't be written");
}
