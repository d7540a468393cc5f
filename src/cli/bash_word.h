/*
 * A word of a command line as typed in bash: reading and writing its quotes. Nothing is expanded or
 * evaluated. See QUOTING in bash(1).
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
 * A word up to the cursor. Readline replaces only its last part, the region: the text after an open
 * quote, or else after the last word break. The text before the region is kept unchanged.
 */
struct bash_word {
	char *value;           /* the word without quotes */
	size_t kept;           /* bytes of value before the region */
	const char *region;    /* in the typed word */
	enum bash_quote quote; /* open in the region */
	bool kept_expands;     /* something before the region expands: $, `, *, {, ! */
	bool region_expands;   /* or in it; true too if its last character is a lone backslash */
};

/**
 * Read a word.
 *
 * @param word    receives it; the caller frees word->value
 * @param typed   the word up to the cursor; must live as long as word->region is used
 * @param breaks  the characters at which readline breaks words, COMP_WORDBREAKS
 * @return 0; -1 if there is no memory
 */
int bash_word_read(struct bash_word *word, const char *typed, const char *breaks);

/**
 * Quote a text, or the rest of one, for a place where a quote is open. The quote stays open.
 *
 * @param text   without control characters
 * @param quote  the open quote
 * @return the quoted text, which the caller frees; NULL if there is no memory
 */
char *bash_word_quote(const char *text, enum bash_quote quote);

#endif
