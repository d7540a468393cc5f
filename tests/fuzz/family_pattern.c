/*
 * Patterns of families. One without placeholders matches what fnmatch(3) matches; a text without
 * special characters matches itself only. The first line of an input is the pattern, the rest a name.
 */
#include "fuzz.h"

#include "usage/family_pattern.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

/* Patterns in which fnmatch(3) of the C locale and this program agree by their documentation. */
static bool is_plain_glob(const char *pattern)
{
	return strpbrk(pattern, "{}\\[]") == NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	char *name = strchr(text, '\n');
	struct error error = { .text = "" };
	struct family_captures captures;
	struct family_pattern *pattern;
	struct family_edges edges;
	bool is_whole;

	if (name != NULL)
		*name++ = '\0';
	else
		name = text + strlen(text);
	pattern = family_pattern_parse(text, &error);
	if (pattern == NULL) {
		fuzz_check(error.text[0] != '\0', "'%s' is rejected without a sentence", text);
	} else {
		const bool matches = family_pattern_match(pattern, name, &captures);
		const char *prefix = family_pattern_prefix(pattern, &is_whole);

		family_pattern_edges(pattern, &edges);
		fuzz_check(!matches || strncmp(name, prefix, strlen(prefix)) == 0,
		           "'%s' has not the prefix '%s' of '%s'", name, prefix, text);
		fuzz_check(matches == family_pattern_match(pattern, name, NULL),
		           "'%s' and '%s' depend on captures", text, name);
		fuzz_check(!is_whole || matches == (strcmp(name, prefix) == 0),
		           "'%s' is not exactly '%s'", name, prefix);
		fuzz_check(!matches || captures.pid >= 0, "pid %d", captures.pid);
		if (is_plain_glob(text))
			fuzz_check(matches == (fnmatch(text, name, FNM_NOESCAPE) == 0),
			           "'%s' and '%s': %d", text, name, matches);
	}
	family_pattern_free(pattern);
	free(text);
	return 0;
}
