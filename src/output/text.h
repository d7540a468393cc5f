/*
 * Text that other people chose (names of objects, users, commands), made safe to show.
 *
 * A name in /dev/shm may hold any byte but NUL and '/': escape sequences, newlines, half a UTF-8
 * character. Shown text never holds anything that a terminal acts on: such bytes appear in the
 * octal style of vis(3), "\012", and unvis(3) gets the name back.
 */
#ifndef SHMTOOL_OUTPUT_TEXT_H
#define SHMTOOL_OUTPUT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum text_style {
	TEXT_VISIBLE = 0,             /* what a terminal acts on, and the backslash, is escaped */
	TEXT_ESCAPE_BLANKS = 1 << 0,  /* blanks too, so that a word stays one word */
	TEXT_KEEP_BACKSLASH = 1 << 1, /* not the backslash: for sentences, not for names */
	TEXT_UTF8 =
	    1 << 2 /* judged as UTF-8 whatever the locale: for formats that are always UTF-8 */
};

/**
 * The most bytes that text_visible() makes of a string.
 *
 * @param length  of the string in bytes, without the NUL
 * @return bytes, with the NUL
 */
size_t text_visible_size(size_t length);

/**
 * Copy a string so that it can be shown. Which characters are printable is the locale's matter
 * (LC_CTYPE); characters that turn the direction of writing are escaped in every locale.
 *
 * @param target  at least text_visible_size(strlen(source)) bytes
 * @param source  any bytes, ended by NUL
 * @param style   of enum text_style, or-ed
 * @return length of the copy in bytes
 */
size_t text_visible(char *target, const char *source, unsigned int style);

/**
 * Tell whether text_visible() would leave a string as it is because it is plain printable ASCII.
 *
 * @param text    any bytes, ended by NUL
 * @param style   as for text_visible()
 * @param length  receives the length in bytes, which is then the width too
 * @return true if it would; false says nothing
 */
bool text_is_plain(const char *text, unsigned int style, size_t *length);

/**
 * Tell whether a character reorders what stands beside it (UAX #9): with it a name could look
 * like another one.
 *
 * @param character  of Unicode
 */
bool text_turns_direction(uint32_t character);

/**
 * How many columns of a terminal a string takes, see wcwidth(3).
 *
 * @param text  of text_visible()
 * @return columns
 */
size_t text_width(const char *text);

#endif
