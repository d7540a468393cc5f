/*
 * Durations. The two largest units of a duration are taken back, and so are its seconds.
 */
#include "fuzz.h"

#include "base/duration.h"
#include "output/units.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void check_duration(uint64_t seconds)
{
	char text[UNITS_TEXT_SIZE];
	char words[DURATION_WORDS_SIZE];
	struct error error = { .text = "" };
	uint64_t again = 0;

	snprintf(text, sizeof(text), "%" PRIu64 "s", seconds);
	fuzz_check(duration_parse(text, &again, &error) == 0 && again == seconds,
	           "'%s' is %" PRIu64 " seconds: %s", text, again, error.text);
	fuzz_check(duration_human(text, seconds) == strlen(text), "'%s' has another length", text);
	fuzz_check(duration_parse(text, &again, &error) == 0 && again <= seconds &&
	               seconds - again <= seconds / 24,
	           "%" PRIu64 " seconds are '%s', which are %" PRIu64 " seconds: %s", seconds, text,
	           again, error.text);
	duration_words(words, seconds);
	fuzz_check(strchr(words, ' ') != NULL, "'%s' has no unit", words);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	struct error error = { .text = "" };
	uint64_t seconds;

	if (duration_parse(text, &seconds, &error) == 0)
		check_duration(seconds);
	else
		fuzz_check(error.text[0] != '\0', "'%s' is rejected without a sentence", text);
	free(text);
	return 0;
}
