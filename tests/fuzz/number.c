/*
 * Numbers. The parsers agree with strtoull(3) and strtol(3) about what they accept, and accept less.
 */
#include "fuzz.h"

#include "base/number.h"
#include "commands/classic/number.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

static void check_whole(const char *text, enum number_base base, int c_base)
{
	uint64_t number = 0;
	const enum number_end end = number_parse(text, base, UINT64_MAX, &number);
	char *rest;
	unsigned long long expected;

	if (end == NUMBER_NONE)
		return;
	errno = 0;
	expected = strtoull(text, &rest, c_base);
	fuzz_check(*rest == '\0', "'%s' is no number in base %d", text, c_base);
	fuzz_check((errno == ERANGE) == (end == NUMBER_TOO_LARGE), "'%s' is large", text);
	fuzz_check(end == NUMBER_TOO_LARGE || number == expected, "'%s' is %" PRIu64, text, number);
}

static void check_signed(const char *text)
{
	const char *rest = text;
	uint64_t number = 0;
	bool is_negative = false;
	const enum number_end end =
	    number_take_signed(&rest, NUMBER_DECIMAL, &number, &is_negative);
	char *expected_rest;
	unsigned long long expected;

	errno = 0;
	expected = strtoull(text, &expected_rest, 10);
	fuzz_check(rest == expected_rest, "'%s' ends at %td", text, rest - text);
	fuzz_check((errno == ERANGE) == (end == NUMBER_TOO_LARGE), "'%s' is large", text);
	fuzz_check(end != NUMBER_READ || number == expected, "'%s' is %" PRIu64, text, number);
}

static void check_int(const char *text)
{
	int number = 0;
	char *rest;
	long expected;

	if (classic_parse_int(text, &number) < 0)
		return;
	expected = strtol(text, &rest, 10);
	fuzz_check(*rest == '\0' && rest > text && number == expected, "'%s' is %d", text, number);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	key_t key;

	check_whole(text, NUMBER_DECIMAL, 10);
	check_whole(text, NUMBER_OCTAL, 8);
	check_whole(text, NUMBER_HEXADECIMAL, 16);
	check_whole(text, NUMBER_AS_C, 0);
	check_signed(text);
	check_int(text);
	fuzz_check(number_of_name(text) < 0 || isdigit((unsigned char)*text), "'%s' is a pid",
	           text);
	if (classic_is_key(text, &key))
		fuzz_check(strncasecmp(text, "0x", 2) == 0 && key != 0, "'%s' is a key", text);
	free(text);
	return 0;
}
