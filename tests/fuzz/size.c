/*
 * Sizes. A size in bytes, and a size in words, are taken back.
 */
#include "fuzz.h"

#include "commands/classic/number.h"
#include "output/units.h"

#include <inttypes.h>
#include <stdlib.h>

/* The words for a size have two digits at least, so they are wrong by less than 10 %. */
static void check_words(const char *words, uint64_t bytes)
{
	struct error error = { .text = "" };
	uint64_t again = 0;

	/* 16E is what the largest sizes are rounded to. */
	if (size_parse(words, &again, &error) < 0 && bytes > UINT64_MAX / 20 * 19)
		return;
	fuzz_check(again >= bytes - bytes / 10 && again / 11 <= bytes / 10 + 1,
	           "%" PRIu64 " bytes are '%s', which are %" PRIu64 " bytes: %s", bytes, words,
	           again, error.text);
}

static void check_size(uint64_t bytes)
{
	char text[UNITS_TEXT_SIZE];
	struct error error = { .text = "" };
	uint64_t again = 0;

	snprintf(text, sizeof(text), "%" PRIu64, bytes);
	fuzz_check(size_parse(text, &again, &error) == 0 && again == bytes,
	           "'%s' is %" PRIu64 " bytes: %s", text, again, error.text);
	fuzz_check(classic_parse_size(text, &again) == 0 && again == bytes,
	           "'%s' is %" PRIu64 " bytes for ipcmk", text, again);
	size_human(text, bytes);
	check_words(text, bytes);
	size_human_tenths(text, bytes);
	if (bytes >= 1024)
		check_words(text, bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	struct error error = { .text = "" };
	uint64_t bytes;

	if (size_parse(text, &bytes, &error) == 0)
		check_size(bytes);
	else
		fuzz_check(error.text[0] != '\0', "'%s' is rejected without a sentence", text);
	if (classic_parse_size(text, &bytes) == 0)
		check_size(bytes);
	free(text);
	return 0;
}
