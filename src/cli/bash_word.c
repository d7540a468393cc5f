#include "cli/bash_word.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The state of reading a word. */
struct reader {
	const char *typed;
	const char *at; /* the next character */
	const char *breaks;
	char *value;
	size_t length; /* of value */
	enum bash_quote quote;
	size_t region;       /* its start in typed */
	size_t kept;         /* its start in value */
	size_t quote_region; /* the same for the open quote */
	size_t quote_kept;
	const char *first_expansion; /* in typed; NULL if there is none */
	const char *last_expansion;
};

static void expands(struct reader *reader)
{
	if (reader->first_expansion == NULL)
		reader->first_expansion = reader->at;
	reader->last_expansion = reader->at;
}

static void take(struct reader *reader)
{
	reader->value[reader->length++] = *reader->at++;
}

static void open_quote(struct reader *reader, enum bash_quote quote, size_t length)
{
	reader->at += length;
	reader->quote = quote;
	reader->quote_region = (size_t)(reader->at - reader->typed);
	reader->quote_kept = reader->length;
}

static void close_quote(struct reader *reader)
{
	reader->at++;
	reader->quote = BASH_QUOTE_NONE;
}

/* A backslash, outside of quotes or before a character that it quotes within "...". */
static void read_backslash(struct reader *reader)
{
	if (reader->at[1] == '\0') {
		/* It would quote the first character of the completion. */
		expands(reader);
		reader->at++;
		return;
	}
	reader->at++;
	/* A backslash before a newline joins two lines. */
	if (*reader->at == '\n')
		reader->at++;
	else
		take(reader);
}

/* Whether an unquoted character of a word is a word break of readline. */
static bool is_break(const struct reader *reader, char character)
{
	return strchr(" \t\n\\'\"$`|&;()<>", character) == NULL &&
	       strchr(reader->breaks, character) != NULL;
}

static void read_plain(struct reader *reader)
{
	if (strchr("[]*?{!$`", *reader->at) != NULL)
		expands(reader);
	if (is_break(reader, *reader->at)) {
		/* Readline makes '@' part of the word that follows. */
		const size_t itself = *reader->at == '@' ? 0 : 1;

		reader->region = (size_t)(reader->at - reader->typed) + itself;
		reader->kept = reader->length + itself;
	}
	take(reader);
}

static void read_unquoted(struct reader *reader)
{
	const char *at = reader->at;

	if (*at == '\\')
		read_backslash(reader);
	else if (*at == '\'')
		open_quote(reader, BASH_QUOTE_SINGLE, 1);
	else if (*at == '"')
		open_quote(reader, BASH_QUOTE_DOUBLE, 1);
	else if (*at == '$' && at[1] == '\'')
		open_quote(reader, BASH_QUOTE_ANSI, 2);
	else if (*at == '$' && at[1] == '"')
		open_quote(reader, BASH_QUOTE_DOUBLE, 2);
	else
		read_plain(reader);
}

static void read_double_quoted(struct reader *reader)
{
	const char *at = reader->at;

	if (*at == '"') {
		close_quote(reader);
	} else if (*at == '\\' && strchr("\\\"$`\n", at[1]) != NULL) { /* or the end of the word */
		read_backslash(reader);
	} else {
		if (strchr("$`!", *at) != NULL)
			expands(reader);
		take(reader);
	}
}

/* Read the digits of an escape sequence as one byte; NUL is not stored. */
static void take_digits(struct reader *reader, const char *digits, int most, unsigned int base)
{
	unsigned int byte = 0;

	for (; most > 0 && *reader->at != '\0' && strchr(digits, *reader->at) != NULL; most--) {
		const unsigned int digit = (unsigned int)(strchr(digits, *reader->at) - digits);

		byte = byte * base + (digit < 16 ? digit : digit - 6);
		reader->at++;
	}
	if ((byte & 0xff) != 0)
		reader->value[reader->length++] = (char)byte;
}

static void read_ansi_escape(struct reader *reader)
{
	static const char letters[] = "abeEfnrtv";
	static const char bytes[] = "\a\b\033\033\f\n\r\t\v";
	const char *letter;

	if (reader->at[1] == '\0') {
		read_backslash(reader);
		return;
	}
	reader->at++;
	letter = strchr(letters, *reader->at);
	if (letter != NULL) {
		reader->value[reader->length++] = bytes[letter - letters];
		reader->at++;
	} else if (*reader->at >= '0' && *reader->at <= '7') {
		take_digits(reader, "01234567", 3, 8);
	} else if (*reader->at == 'x') {
		reader->at++;
		take_digits(reader, "0123456789abcdefABCDEF", 2, 16);
	} else {
		take(reader);
	}
}

static void read_quoted(struct reader *reader)
{
	if (reader->quote == BASH_QUOTE_DOUBLE)
		read_double_quoted(reader);
	else if (*reader->at == '\'')
		close_quote(reader);
	else if (reader->quote == BASH_QUOTE_ANSI && *reader->at == '\\')
		read_ansi_escape(reader);
	else
		take(reader);
}

int bash_word_read(struct bash_word *word, const char *typed, const char *breaks)
{
	struct reader reader = { .typed = typed, .at = typed, .breaks = breaks };
	const char *region;

	reader.value = malloc(strlen(typed) + 1);
	if (reader.value == NULL)
		return -1;
	while (*reader.at != '\0') {
		if (reader.quote == BASH_QUOTE_NONE)
			read_unquoted(&reader);
		else
			read_quoted(&reader);
	}
	reader.value[reader.length] = '\0';
	if (reader.quote != BASH_QUOTE_NONE) {
		reader.region = reader.quote_region;
		reader.kept = reader.quote_kept;
	}
	region = typed + reader.region;
	*word = (struct bash_word){
		.value = reader.value,
		.kept = reader.kept,
		.region = region,
		.quote = reader.quote,
		.kept_expands = reader.first_expansion != NULL && reader.first_expansion < region,
		.region_expands = reader.last_expansion != NULL && reader.last_expansion >= region,
	};
	return 0;
}

/* Whether a character needs no quotes anywhere in a word. */
static bool is_plain(char character)
{
	return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
	       (character >= '0' && character <= '9') || (character & 0x80) != 0 ||
	       strchr("%+,-./:=@_", character) != NULL;
}

/* How a character is spelled within a quote; NULL if it stands for itself. */
static const char *quoted_form(char character, enum bash_quote quote, char backslashed[3])
{
	const char *special = "";

	switch (quote) {
	case BASH_QUOTE_NONE:
		if (is_plain(character))
			return NULL;
		break;
	case BASH_QUOTE_SINGLE:
		return character == '\'' ? "'\\''" : NULL;
	case BASH_QUOTE_DOUBLE:
		/* History expansion; within "..." a backslash before it would remain. */
		if (character == '!')
			return "\"\\!\"";
		special = "\\\"$`";
		break;
	case BASH_QUOTE_ANSI:
		special = "\\'";
		break;
	}
	if (quote != BASH_QUOTE_NONE && strchr(special, character) == NULL)
		return NULL;
	backslashed[0] = '\\';
	backslashed[1] = character;
	backslashed[2] = '\0';
	return backslashed;
}

char *bash_word_quote(const char *text, enum bash_quote quote)
{
	const size_t longest = sizeof("\"\\!\"") - 1;
	char *quoted = malloc(strlen(text) * longest + 1);
	char *end = quoted;
	char backslashed[3];

	if (quoted == NULL)
		return NULL;
	for (; *text != '\0'; text++) {
		const char *form = quoted_form(*text, quote, backslashed);

		if (form != NULL)
			end = stpcpy(end, form);
		else
			*end++ = *text;
	}
	*end = '\0';
	return quoted;
}
