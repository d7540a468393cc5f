#include "unit.h"

#include "base/utf8.h"
#include "output/text.h"

#include <stdlib.h>
#include <string.h>

static const struct {
	const char *text;
	size_t length; /* of the first character in bytes; 0: not valid */
	uint32_t character;
} characters[] = {
	{ "a", 1, 'a' },
	{ "\x7f", 1, 0x7f },
	{ "\xc2\x80", 2, 0x80 },
	{ "\xc3\xbc", 2, 0xfc },
	{ "\xe2\x82\xac", 3, 0x20ac },
	{ "\xef\xbf\xbd", 3, 0xfffd },
	{ "\xf0\x9f\x93\xa6", 4, 0x1f4e6 },
	{ "\xf4\x8f\xbf\xbf", 4, 0x10ffff },
	{ "\x80", 0, 0 },             /* a lone continuation byte */
	{ "\xc3", 0, 0 },             /* cut */
	{ "\xe2\x82", 0, 0 },         /* cut */
	{ "\xf0\x9f\x93", 0, 0 },     /* cut */
	{ "\xc0\xaf", 0, 0 },         /* overlong */
	{ "\xe0\x80\xaf", 0, 0 },     /* overlong */
	{ "\xf0\x80\x80\xaf", 0, 0 }, /* overlong */
	{ "\xed\xa0\x80", 0, 0 },     /* a surrogate */
	{ "\xf4\x90\x80\x80", 0, 0 }, /* beyond Unicode */
	{ "\xf8\x88\x80\x80\x80", 0, 0 },
	{ "\xff", 0, 0 },
	{ "\xc3"
	  "a",
	  0, 0 },
};

static void decodes_utf8(void)
{
	for (size_t i = 0; i < UNIT_ROWS(characters); i++) {
		uint32_t character = 0;
		size_t length = utf8_decode(characters[i].text, UTF8_LENGTH_MAX, &character);

		if (unit_check(length == characters[i].length, "row %zu: %zu bytes, expected %zu",
		               i, length, characters[i].length) &&
		    length > 0)
			unit_check_number(characters[i].text, character, characters[i].character);
		unit_check(utf8_is_valid(characters[i].text) == (characters[i].length > 0),
		           "row %zu: utf8_is_valid() disagrees", i);
	}
}

/* U+202E; analysers warn about it in a string. */
static const char right_to_left[] = {
	'b', 'i', 'd', 'i', (char)0xe2, (char)0x80, (char)0xae, '\0'
};

static const struct {
	const char *source;
	unsigned int style;
	const char *visible;
} visibles[] = {
	{ "", 0, "" },
	{ "plain", 0, "plain" },
	{ "two words", 0, "two words" },
	{ "two words", TEXT_ESCAPE_BLANKS, "two\\040words" },
	{ "last ", 0, "last\\040" },
	{ " two  ", 0, " two \\040" },
	{ "last ", TEXT_KEEP_BACKSLASH, "last " },
	{ "back\\slash", 0, "back\\134slash" },
	{ "back\\slash", TEXT_KEEP_BACKSLASH, "back\\slash" },
	{ "new\nline", 0, "new\\012line" },
	{ "tab\t", 0, "tab\\011" },
	{ "\x1b[31mred", 0, "\\033[31mred" },
	{ "\x7f", 0, "\\177" },
	{ "\xff", TEXT_UTF8, "\\377" },
	{ "\xc3", TEXT_UTF8, "\\303" },
	{ "gr\xc3\xb6\xc3\x9f"
	  "e",
	  TEXT_UTF8,
	  "gr\xc3\xb6\xc3\x9f"
	  "e" },
	{ "c1\xc2\x9b", TEXT_UTF8, "c1\\302\\233" },
	{ right_to_left, TEXT_UTF8, "bidi\\342\\200\\256" },
};

static void makes_text_visible(void)
{
	for (size_t i = 0; i < UNIT_ROWS(visibles); i++) {
		char *target = malloc(text_visible_size(strlen(visibles[i].source)));
		size_t length;

		if (target == NULL)
			abort();
		length = text_visible(target, visibles[i].source, visibles[i].style);
		unit_check_text("visible", target, visibles[i].visible);
		unit_check_number("length", length, strlen(target));
		free(target);
	}
}

/* No byte sequence leaves a control character, and the buffer is large enough. */
static void never_shows_control_characters(void)
{
	unsigned int seed = 1;

	for (int round = 0; round < 2000; round++) {
		char source[24];
		char target[sizeof(source) * 4 + 1];
		size_t length = 0;

		for (length = 0; length + 1 < sizeof(source); length++) {
			seed = seed * 1103515245 + 12345;
			source[length] = (char)((seed >> 16) % 255 + 1);
		}
		source[length] = '\0';
		if (!unit_check(text_visible_size(length) <= sizeof(target),
		                "more room than expected"))
			return;
		text_visible(target, source, TEXT_UTF8);
		for (const char *at = target; *at != '\0'; at++) {
			if ((unsigned char)*at < 0x20 || *at == 0x7f) {
				unit_check(false, "round %d: a control character", round);
				return;
			}
		}
		unit_check(utf8_is_valid(target), "round %d: not UTF-8", round);
	}
}

static void counts_columns(void)
{
	static const struct {
		const char *text;
		size_t width;
	} rows[] = { { "", 0 }, { "abc", 3 }, { "\\012", 4 } };

	for (size_t i = 0; i < UNIT_ROWS(rows); i++)
		unit_check_number(rows[i].text, text_width(rows[i].text), rows[i].width);
}

static const struct unit_test tests[] = {
	{ "UTF-8 is decoded, and invalid UTF-8 is rejected", decodes_utf8 },
	{ "control characters are escaped", makes_text_visible },
	{ "no byte sequence results in a control character", never_shows_control_characters },
	{ "the width of a text is in terminal columns", counts_columns },
};

UNIT_SUITE(text_suite, "text", tests);
