#include "output/text.h"

#include <limits.h>
#include <stdint.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

/* Which of two strnvis(3) is meant; neither is used here. */
#define LIBBSD_OPENBSD_VIS
#include <bsd/vis.h>

enum { BYTES_OF_AN_ESCAPE = 4 };

size_t text_visible_size(size_t length)
{
	/* vis(3) looks one character ahead and ends with a NUL of its own. */
	return length * BYTES_OF_AN_ESCAPE + 2;
}

bool text_turns_direction(uint32_t character)
{
	return character == 0x061c || character == 0x200e || character == 0x200f ||
	       (character >= 0x202a && character <= 0x202e) ||
	       (character >= 0x2066 && character <= 0x2069);
}

static bool is_plain(unsigned char c, unsigned int style)
{
	if (c == '\\')
		return (style & TEXT_KEEP_BACKSLASH) != 0;
	if (c == ' ')
		return (style & TEXT_ESCAPE_BLANKS) == 0;
	return c > ' ' && c < 0x7f;
}

bool text_is_plain(const char *text, unsigned int style, size_t *length)
{
	const char *end = text;

	while (is_plain((unsigned char)*end, style))
		end++;
	*length = (size_t)(end - text);
	return *end == '\0';
}

/*
 * vis(3) of libbsd lets invalid multibyte sequences through and shortens some valid ones, so
 * whole characters are judged here and vis(3) gets single bytes in the C locale's view only.
 */
size_t text_visible(char *target, const char *source, unsigned int style)
{
	size_t left = strlen(source);
	char *end = target;
	mbstate_t state;

	memset(&state, 0, sizeof(state));
	while (left > 0) {
		unsigned char byte = (unsigned char)*source;
		wchar_t character;
		size_t length = 1;

		if (is_plain(byte, style)) {
			*end++ = *source;
		} else if (byte >= 0x80 &&
		           (length = mbrtowc(&character, source, left, &state)) <= MB_LEN_MAX &&
		           iswprint((wint_t)character) &&
		           !text_turns_direction((uint32_t)character)) {
			memcpy(end, source, length);
			end += length;
		} else {
			if (length > MB_LEN_MAX) {
				memset(&state, 0, sizeof(state));
				length = 1;
			}
			for (size_t i = 0; i < length; i++)
				end = vis(end, (unsigned char)source[i],
				          VIS_OCTAL | VIS_WHITE | VIS_NOLOCALE, 0);
		}
		source += length;
		left -= length;
	}
	*end = '\0';
	return (size_t)(end - target);
}

size_t text_width(const char *text)
{
	size_t left = strlen(text);
	size_t width = 0;
	mbstate_t state;

	memset(&state, 0, sizeof(state));
	while (left > 0) {
		wchar_t character;
		size_t length = mbrtowc(&character, text, left, &state);
		int columns;

		if (length == 0 || length > MB_LEN_MAX) {
			memset(&state, 0, sizeof(state));
			length = 1;
			columns = 1;
		} else {
			columns = wcwidth(character);
		}
		width += columns > 0 ? (size_t)columns : 0;
		text += length;
		left -= length;
	}
	return width;
}

bool text_is_utf8(const char *text)
{
	const unsigned char *p = (const unsigned char *)text;

	while (*p) {
		unsigned int more;
		uint32_t character;

		if (*p < 0x80) {
			p++;
			continue;
		}
		if ((*p & 0xe0) == 0xc0) {
			more = 1;
			character = *p & 0x1fU;
		} else if ((*p & 0xf0) == 0xe0) {
			more = 2;
			character = *p & 0x0fU;
		} else if ((*p & 0xf8) == 0xf0) {
			more = 3;
			character = *p & 0x07U;
		} else {
			return false;
		}
		for (unsigned int i = 1; i <= more; i++) {
			if ((p[i] & 0xc0) != 0x80)
				return false;
			character = character << 6 | (p[i] & 0x3fU);
		}
		/* Overlong forms, surrogates, and what lies beyond Unicode. */
		if ((more == 1 && character < 0x80) || (more == 2 && character < 0x800) ||
		    (more == 3 && character < 0x10000) || character > 0x10ffff ||
		    (character >= 0xd800 && character <= 0xdfff))
			return false;
		p += more + 1;
	}
	return true;
}
