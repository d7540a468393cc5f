#include "base/utf8.h"

bool utf8_continues(char byte)
{
	return ((unsigned char)byte & 0xc0) == 0x80;
}

size_t utf8_decode(const char *text, size_t left, uint32_t *character)
{
	/* By length: the bits that encode the length, and the smallest character that needs it. */
	static const struct {
		unsigned char mask;
		unsigned char lead;
		uint32_t least;
	} forms[UTF8_LENGTH_MAX] = {
		{ 0x80, 0x00, 0 },
		{ 0xe0, 0xc0, 0x80 },
		{ 0xf0, 0xe0, 0x800 },
		{ 0xf8, 0xf0, 0x10000 },
	};
	const unsigned char first = (unsigned char)*text;

	for (size_t more = 0; more < UTF8_LENGTH_MAX; more++) {
		if ((first & forms[more].mask) != forms[more].lead)
			continue;
		*character = first & (unsigned char)~forms[more].mask;
		for (size_t i = 1; i <= more; i++) {
			if (i >= left || !utf8_continues(text[i]))
				return 0;
			*character = *character << 6 | ((unsigned char)text[i] & 0x3fU);
		}
		/* Overlong forms, surrogates, and values beyond Unicode. */
		if (*character < forms[more].least || *character > 0x10ffff ||
		    (*character >= 0xd800 && *character <= 0xdfff))
			return 0;
		return more + 1;
	}
	return 0;
}

bool utf8_is_valid(const char *text)
{
	while (*text != '\0') {
		uint32_t character;
		size_t length = utf8_decode(text, UTF8_LENGTH_MAX, &character);

		if (length == 0)
			return false;
		text += length;
	}
	return true;
}
