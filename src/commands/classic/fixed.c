#include "commands/classic/fixed.h"

#include "base/digits.h"

#include <string.h>

/* Fill a field that begins at TARGET after the first USED bytes. */
static void fill(struct buffer *buffer, char *target, size_t used, size_t width)
{
	/* Usually a few bytes: calling memset(3) would be slower. */
	for (; used < width; used++)
		target[used] = ' ';
	buffer->used += used;
}

static void put_left(struct buffer *buffer, const char *text, size_t length, size_t width)
{
	char *target = buffer_reserve(buffer, length > width ? length : width);

	memcpy(target, text, length);
	fill(buffer, target, length, width);
}

void fixed_text(struct buffer *buffer, const char *text, size_t width)
{
	put_left(buffer, text, strlen(text), width);
}

void fixed_text_cut(struct buffer *buffer, const char *text, size_t width)
{
	put_left(buffer, text, strnlen(text, width), width);
}

void fixed_text_right(struct buffer *buffer, const char *text, size_t width)
{
	size_t length = strlen(text);

	if (length < width)
		put_left(buffer, "", 0, width - length);
	buffer_append(buffer, text, length);
}

void fixed_decimal(struct buffer *buffer, uint64_t number, size_t width)
{
	char *target = buffer_reserve(buffer, width + DIGITS_SIZE);

	fill(buffer, target, digits_decimal(target, number), width);
}

void fixed_decimal_right(struct buffer *buffer, uint64_t number, size_t width)
{
	char digits[DIGITS_SIZE];
	size_t length = digits_decimal(digits, number);

	digits[length] = '\0';
	fixed_text_right(buffer, digits, width);
}

void fixed_octal(struct buffer *buffer, uint64_t number, size_t width)
{
	char *target = buffer_reserve(buffer, width + DIGITS_SIZE);

	fill(buffer, target, digits_octal(target, number), width);
}

void fixed_key(struct buffer *buffer, uint32_t key)
{
	buffer->used += digits_key(buffer_reserve(buffer, KEY_WIDTH), key);
}
