#include "unit.h"

#include "cli/bash_word.h"

#include <stdlib.h>

static const char breaks[] = " \t\n\"'@><=;|&(:";

static void reads_words(void)
{
	static const struct {
		const char *typed;
		const char *value;
		const char *region;
		enum bash_quote quote;
	} words[] = {
		{ "", "", "", BASH_QUOTE_NONE },
		{ "/a", "/a", "/a", BASH_QUOTE_NONE },
		{ "--key=0x1", "--key=0x1", "0x1", BASH_QUOTE_NONE },
		{ "psem:/a:b", "psem:/a:b", "b", BASH_QUOTE_NONE },
		{ "psem:", "psem:", "", BASH_QUOTE_NONE },
		{ "a@b", "a@b", "@b", BASH_QUOTE_NONE },
		{ "/a\\:b", "/a:b", "/a\\:b", BASH_QUOTE_NONE },
		{ "'a b'", "a b", "'a b'", BASH_QUOTE_NONE },
		{ "'a:b", "a:b", "a:b", BASH_QUOTE_SINGLE },
		{ "x=\"a:b", "x=a:b", "a:b", BASH_QUOTE_DOUBLE },
		{ "\"c d\"", "c d", "\"c d\"", BASH_QUOTE_NONE },
		{ "e\\ f", "e f", "e\\ f", BASH_QUOTE_NONE },
		{ "''", "", "''", BASH_QUOTE_NONE },
		{ "'it'\\''s'", "it's", "'it'\\''s'", BASH_QUOTE_NONE },
		{ "\"a\\\"b\\$c\\d", "a\"b$c\\d", "a\\\"b\\$c\\d", BASH_QUOTE_DOUBLE },
		{ "$'a\\tb\\'c\\012d'", "a\tb'c\nd", "$'a\\tb\\'c\\012d'", BASH_QUOTE_NONE },
		{ "$'\\x41\\xc3\\xa4\\e\\\\", "A\xc3\xa4\033\\", "\\x41\\xc3\\xa4\\e\\\\",
		  BASH_QUOTE_ANSI },
		{ "$\"a", "a", "a", BASH_QUOTE_DOUBLE },
		{ "a'b c'\"d e\"f", "ab cd ef", "a'b c'\"d e\"f", BASH_QUOTE_NONE },
		{ "a\\\nb", "ab", "a\\\nb", BASH_QUOTE_NONE },
		{ "\"a\\\nb", "ab", "a\\\nb", BASH_QUOTE_DOUBLE },
		{ "/größe/日本", "/größe/日本", "/größe/日本", BASH_QUOTE_NONE },
	};

	for (size_t i = 0; i < UNIT_ROWS(words); i++) {
		struct bash_word word;

		if (!unit_check(bash_word_read(&word, words[i].typed, breaks) == 0, "no memory"))
			return;
		unit_check_text(words[i].typed, word.value, words[i].value);
		unit_check_text(words[i].typed, word.region, words[i].region);
		unit_check(word.quote == words[i].quote, "%s: quote %d", words[i].typed,
		           (int)word.quote);
		unit_check(!word.kept_expands && !word.region_expands, "%s expands",
		           words[i].typed);
		free(word.value);
	}
}

static void finds_expansions(void)
{
	static const struct {
		const char *typed;
		bool kept;
		bool region;
	} words[] = {
		{ "/$HOME", false, true },  { "\"/$HOME", false, true }, { "`a`", false, true },
		{ "a*", false, true },      { "{a,b}", false, true },    { "c!", false, true },
		{ "\"c!", false, true },    { "'$`*!", false, false },   { "\\$\\*", false, false },
		{ "/$x:y", true, false },   { "a*:$", true, true },      { "/\\*:x", false, false },
		{ "a\\", false, true },     { "\"a\\", false, true },    { "$'a\\", false, true },
		{ "\"a*\"", false, false }, { "\"$x\"'y", true, false },
	};

	for (size_t i = 0; i < UNIT_ROWS(words); i++) {
		struct bash_word word;

		if (!unit_check(bash_word_read(&word, words[i].typed, breaks) == 0, "no memory"))
			return;
		unit_check(word.kept_expands == words[i].kept, "%s: before the region",
		           words[i].typed);
		unit_check(word.region_expands == words[i].region, "%s: in the region",
		           words[i].typed);
		free(word.value);
	}
}

static void quotes_words(void)
{
	static const struct {
		const char *text;
		enum bash_quote quote;
		const char *quoted;
	} words[] = {
		{ "psem:/a=b@c,d", BASH_QUOTE_NONE, "psem:/a=b@c,d" },
		{ "größe", BASH_QUOTE_NONE, "größe" },
		{ "a b$`*?[]{}~#!^&|;<>()'\"\\", BASH_QUOTE_NONE,
		  "a\\ b\\$\\`\\*\\?\\[\\]\\{\\}\\~\\#\\!\\^\\&\\|\\;\\<\\>\\(\\)\\'\\\"\\\\" },
		{ "it's $x", BASH_QUOTE_SINGLE, "it'\\''s $x" },
		{ "a\"b$c`d\\e!f'", BASH_QUOTE_DOUBLE, "a\\\"b\\$c\\`d\\\\e\"\\!\"f'" },
		{ "it's \\ $x!", BASH_QUOTE_ANSI, "it\\'s \\\\ $x!" },
	};

	for (size_t i = 0; i < UNIT_ROWS(words); i++) {
		char *quoted = bash_word_quote(words[i].text, words[i].quote);

		unit_check_text(words[i].text, quoted, words[i].quoted);
		free(quoted);
	}
}

static const struct unit_test tests[] = {
	{ "words typed in bash lose their quotes", reads_words },
	{ "expansions are found, before and in the part that readline replaces", finds_expansions },
	{ "words are quoted to suit the open quote", quotes_words },
};

UNIT_SUITE(bash_word_suite, "bash_word", tests);
