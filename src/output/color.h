/*
 * Colours of a terminal. Each has a meaning; decoration has none.
 */
#ifndef SHMTOOL_OUTPUT_COLOR_H
#define SHMTOOL_OUTPUT_COLOR_H

#include <stdbool.h>
#include <stddef.h>

/** The argument of --color. */
enum color_when {
	COLOR_AUTO,   /* on a terminal, unless the environment says otherwise */
	COLOR_ALWAYS, /* even in a pipe */
	COLOR_NEVER,
};

/**
 * Whether to color standard output: as --color demands, else not if NO_COLOR is set, else if
 * CLICOLOR_FORCE is set to anything but 0, else on a terminal that understands escape sequences.
 */
bool color_wanted(enum color_when when);

/** The meaning of a colored text. */
enum style {
	STYLE_PLAIN,
	STYLE_HEADING,  /* bold */
	STYLE_USED,     /* green: in use */
	STYLE_UNUSED,   /* yellow: not in use at the moment */
	STYLE_LEFTOVER, /* red: left behind, orphaned or abandoned */
};

/** The style of a word in a column. */
struct word_style {
	const char *word;
	enum style style;
};

/**
 * Find the style of a word.
 *
 * @param styles  ended by an entry without a word, the style of all other words; NULL: plain
 * @param word    not necessarily ended by NUL
 * @param length  of the word in bytes
 */
enum style style_of(const struct word_style *styles, const char *word, size_t length);

/** The escape sequence that begins a style; "" for STYLE_PLAIN. */
const char *style_begin(enum style style);

/** The escape sequence that ends a style; "" for STYLE_PLAIN. */
const char *style_end(enum style style);

#endif
