#include "output/text.h"

#include "base/memory.h"
#include "base/utf8.h"

#include <limits.h>
#include <stdint.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

/* Selects one of two variants of strnvis(3); neither is used here. */
#define LIBBSD_OPENBSD_VIS
#include <bsd/vis.h>

enum { BYTES_OF_AN_ESCAPE = 4 };

size_t text_visible_size(size_t length)
{
	/* vis(3) looks one character ahead and appends a NUL of its own. */
	return length * BYTES_OF_AN_ESCAPE + 2;
}

bool text_turns_direction(uint32_t character)
{
	return character == 0x061c || character == 0x200e || character == 0x200f ||
	       (character >= 0x202a && character <= 0x202e) ||
	       (character >= 0x2066 && character <= 0x2069);
}

/* Whether the first character of a text is shown as it is. */
static bool is_plain(const char *text, unsigned int style)
{
	const unsigned char c = (unsigned char)*text;

	if (c == '\\')
		return (style & TEXT_KEEP_BACKSLASH) != 0;
	/* A blank at the end of a name could not be seen. */
	if (c == ' ')
		return (style & TEXT_ESCAPE_BLANKS) == 0 &&
		       (text[1] != '\0' || (style & TEXT_KEEP_BACKSLASH));
	return c > ' ' && c < 0x7f;
}

bool text_is_plain(const char *text, unsigned int style, size_t *length)
{
	const char *end = text;

	while (is_plain(end, style))
		end++;
	*length = (size_t)(end - text);
	return *end == '\0';
}

/*
 * The length in bytes of the first character of a text if it is printable, else 0.
 */
static size_t printable_length(const char *text, unsigned int style)
{
	mbstate_t state;
	wchar_t wide;
	size_t length;

	if (style & TEXT_UTF8) {
		uint32_t character;

		length = utf8_decode(text, UTF8_LENGTH_MAX, &character);
		return length > 0 && character >= 0xa0 && !text_turns_direction(character) ? length
		                                                                           : 0;
	}
	memset(&state, 0, sizeof(state));
	length = mbrtowc(&wide, text, strlen(text), &state);
	if (length == 0 || length > MB_LEN_MAX || !iswprint((wint_t)wide) ||
	    text_turns_direction((uint32_t)wide))
		return 0;
	return length;
}

/*
 * vis(3) of libbsd lets invalid multibyte sequences through and shortens some valid ones, so this
 * function classifies whole characters and passes only single bytes to vis(3), as in the C locale.
 */
size_t text_visible(char *target, const char *source, unsigned int style)
{
	char *end = target;

	while (*source != '\0') {
		unsigned char byte = (unsigned char)*source;
		size_t length = 0;

		if (is_plain(source, style))
			length = 1;
		else if (byte >= 0x80)
			length = printable_length(source, style);
		if (length > 0) {
			memcpy(end, source, length);
			end += length;
			source += length;
		} else {
			end = vis(end, byte, VIS_OCTAL | VIS_WHITE | VIS_NOLOCALE, 0);
			source++;
		}
	}
	*end = '\0';
	return (size_t)(end - target);
}

char *text_visible_copy(const char *source, unsigned int style)
{
	char *copy = needed_array(1, text_visible_size(strlen(source)));

	text_visible(copy, source, style);
	return copy;
}

/* The length of a character in bytes, and its width in terminal columns. */
static size_t character_length(const char *text, size_t left, size_t *columns)
{
	mbstate_t state;
	wchar_t character;
	size_t length;
	int width;

	*columns = 1;
	/* Most texts have nothing else. */
	if (*text >= ' ' && *text <= '~')
		return 1;
	memset(&state, 0, sizeof(state));
	length = mbrtowc(&character, text, left, &state);
	if (length == 0 || length > MB_LEN_MAX)
		return 1;
	width = wcwidth(character);
	*columns = width > 0 ? (size_t)width : 0;
	return length;
}

size_t text_width(const char *text)
{
	size_t left = strlen(text);
	size_t width = 0;

	while (left > 0) {
		size_t columns;
		size_t length = character_length(text, left, &columns);

		width += columns;
		text += length;
		left -= length;
	}
	return width;
}

/* The length of an escape, "\\012" or "\\\\"; 0 if there is none. */
static size_t escape_length(const char *text, size_t left)
{
	size_t digits = 1;

	if (*text != '\\')
		return 0;
	while (digits < left && digits < BYTES_OF_AN_ESCAPE && text[digits] >= '0' &&
	       text[digits] <= '7')
		digits++;
	if (digits == BYTES_OF_AN_ESCAPE)
		return digits;
	return left > 1 && text[1] == '\\' ? 2 : 0;
}

size_t text_prefix(const char *text, size_t length, size_t width, size_t *kept)
{
	size_t used = 0;

	*kept = 0;
	while (used < length) {
		size_t columns = escape_length(text + used, length - used);
		size_t bytes = columns;

		if (bytes == 0)
			bytes = character_length(text + used, length - used, &columns);
		if (*kept + columns > width)
			break;
		*kept += columns;
		used += bytes;
	}
	return used;
}
