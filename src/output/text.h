/*
 * Untrusted text (names of objects, users, commands), made safe to display.
 *
 * A name in /dev/shm may hold any byte but NUL and '/': escape sequences, newlines, half a UTF-8
 * character. Displayed text never contains anything that a terminal acts on: such bytes appear in
 * the octal style of vis(3), "\012", and unvis(3) restores the name.
 */
#ifndef SHMTOOL_OUTPUT_TEXT_H
#define SHMTOOL_OUTPUT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum text_style {
	TEXT_VISIBLE = 0,             /* escape control characters, the backslash, a last blank */
	TEXT_ESCAPE_BLANKS = 1 << 0,  /* escape blanks too, so that a word stays one word */
	TEXT_KEEP_BACKSLASH = 1 << 1, /* leave the backslash alone: for sentences, not for names */
	TEXT_UTF8 = 1 << 2 /* treat as UTF-8 in any locale: for formats that are always UTF-8 */
};

/**
 * The maximum size of text_visible()'s result for a string.
 *
 * @param length  of the string in bytes, without the NUL
 * @return bytes, including the NUL
 */
size_t text_visible_size(size_t length);

/**
 * Copy a string in displayable form. The locale (LC_CTYPE) determines which characters are
 * printable; bidirectional controls are escaped in every locale.
 *
 * @param target  at least text_visible_size(strlen(source)) bytes
 * @param source  any bytes, ended by NUL
 * @param style   of enum text_style, or-ed
 * @return length of the copy in bytes
 */
size_t text_visible(char *target, const char *source, unsigned int style);

/** As text_visible(), into memory that the caller frees. Never NULL. */
char *text_visible_copy(const char *source, unsigned int style);

/**
 * Whether a string is plain printable ASCII, which text_visible() leaves unchanged.
 *
 * @param text    any bytes, ended by NUL
 * @param style   as for text_visible()
 * @param length  receives the length in bytes, which then equals the width
 * @return true if it is; after false, text_visible() may still leave the string unchanged
 */
bool text_is_plain(const char *text, unsigned int style, size_t *length);

/**
 * Whether a character reorders the text around it (UAX #9), which could make a name look like
 * another one.
 *
 * @param character  of Unicode
 */
bool text_turns_direction(uint32_t character);

/**
 * The width of a string in terminal columns, see wcwidth(3).
 *
 * @param text  as returned by text_visible()
 * @return columns
 */
size_t text_width(const char *text);

/**
 * Find the longest part at the beginning of a text that fits a width. Characters, the combining
 * characters that follow them, and escapes stay whole.
 *
 * @param text    as returned by text_visible(); not necessarily ended by NUL
 * @param length  of the text in bytes
 * @param width   in terminal columns
 * @param kept    receives the width of the part
 * @return its length in bytes
 */
size_t text_prefix(const char *text, size_t length, size_t width, size_t *kept);

#endif
