/*
 * Words of a bash command line. A value that is quoted, whatever it is, reads as the same value.
 */
#include "fuzz.h"

#include "cli/bash_word.h"

#include <stdlib.h>
#include <string.h>

static const char breaks[] = " \t\n\"'><=;|&(:";

static void check_quoted(const char *text, enum bash_quote quote)
{
	static const char *const openings[] = {
		[BASH_QUOTE_NONE] = "",
		[BASH_QUOTE_SINGLE] = "'",
		[BASH_QUOTE_DOUBLE] = "\"",
		[BASH_QUOTE_ANSI] = "$'",
	};
	char *quoted = bash_word_quote(text, quote);
	char *typed = NULL;
	struct bash_word word;

	fuzz_check(quoted != NULL && asprintf(&typed, "%s%s", openings[quote], quoted) >= 0,
	           "no memory");
	fuzz_check(bash_word_read(&word, typed, "") == 0, "no memory");
	fuzz_check(strcmp(word.value, text) == 0, "'%s' is '%s' after %s", text, word.value, typed);
	free(word.value);
	free(typed);
	free(quoted);
}

static bool is_printable(const char *text)
{
	while (*text >= ' ' && *text < 0x7f)
		text++;
	return *text == '\0';
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	struct bash_word word;

	fuzz_check(bash_word_read(&word, text, breaks) == 0, "no memory");
	fuzz_check(word.region >= text && word.region <= text + strlen(text),
	           "the region is outside of '%s'", text);
	fuzz_check(word.kept <= strlen(word.value), "%zu bytes are kept of '%s'", word.kept,
	           word.value);
	free(word.value);
	if (is_printable(text)) {
		for (enum bash_quote quote = BASH_QUOTE_NONE; quote <= BASH_QUOTE_ANSI; quote++)
			check_quoted(text, quote);
	}
	free(text);
	return 0;
}
