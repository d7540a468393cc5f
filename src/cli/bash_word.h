/*
 * A word of a command line as it is typed in bash: its quotes, read and written. Nothing is
 * expanded, and nothing is evaluated. See QUOTING in bash(1).
 */
#ifndef SHMTOOL_CLI_BASH_WORD_H
#define SHMTOOL_CLI_BASH_WORD_H

#include <stdbool.h>
#include <stddef.h>

/** The quote that is open at the end of a word. */
enum bash_quote {
	BASH_QUOTE_NONE,
	BASH_QUOTE_SINGLE, /* '...' */
	BASH_QUOTE_DOUBLE, /* "..." or $"..." */
	BASH_QUOTE_ANSI,   /* $'...' */
};

/**
 * A word up to the cursor. Readline replaces only its last part, the region: what follows an open
 * quote, or else the last word break. What stands before that is kept as it is.
 */
struct bash_word {
	char *value;           /* the word without quotes */
	size_t kept;           /* bytes of value that stand before the region */
	const char *region;    /* in the typed word */
	enum bash_quote quote; /* open in the region */
	bool kept_expands;     /* bash would expand something before the region: $, `, *, {, ! */
	bool region_expands;   /* or in it; also if its last character is a lone backslash */
};

/**
 * Read a word.
 *
 * @param word    receives it; word->value is to be freed
 * @param typed   the word up to the cursor; must live as long as word->region is used
 * @param breaks  the characters at which readline breaks words, COMP_WORDBREAKS
 * @return 0; -1 if there is no memory
 */
int bash_word_read(struct bash_word *word, const char *typed, const char *breaks);

/**
 * Quote a text, or the rest of one, as it must be typed where a quote is open, which stays open.
 *
 * @param text   without control characters
 * @param quote  the open one
 * @return the text, to be freed; NULL if there is no memory
 */
char *bash_word_quote(const char *text, enum bash_quote quote);

#endif
