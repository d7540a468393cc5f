#include "unit.h"

#include "base/number.h"
#include "cli/option.h"
#include "commands/classic/number.h"
#include "objects/ref.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

static const struct {
	const char *text;
	bool ok;
	uint32_t key;
} keys[] = {
	{ "1", true, 1 },
	{ "0x1", true, 1 },
	{ "0XfF", true, 255 },
	{ "010", true, 10 },
	{ "-1", true, 0xffffffff },
	{ "4294967295", true, 0xffffffff },
	{ "-2147483648", true, 0x80000000 },
	{ "0xffffffff", true, 0xffffffff },
	{ "0", false, 0 },
	{ "0x0", false, 0 },
	{ "-0", false, 0 },
	{ "", false, 0 },
	{ "x", false, 0 },
	{ "0x", false, 0 },
	{ "1 ", false, 0 },
	{ " 1", false, 0 },
	{ "+1", false, 0 },
	{ "1.0", false, 0 },
	{ "4294967296", false, 0 },
	{ "0x100000000", false, 0 },
	{ "-2147483649", false, 0 },
	{ "abc", false, 0 },
	{ "0x2g", false, 0 },
	{ "0xfffffffff", false, 0 },
	{ "1.5", false, 0 },
	{ "0xdeadbeef", true, 0xdeadbeef },
	{ "3735928559", true, 0xdeadbeef },
};

static void parses_keys(void)
{
	for (size_t i = 0; i < UNIT_ROWS(keys); i++) {
		struct error error = { .text = "" };
		key_t key = 0;
		const bool ok = key_parse(keys[i].text, &key, &error) == 0;

		if (unit_check(ok == keys[i].ok, "'%s' is %s: %s", keys[i].text,
		               ok ? "taken" : "refused", error.text) &&
		    ok)
			unit_check_number(keys[i].text, (uint32_t)key, keys[i].key);
	}
}

static const struct {
	const char *text;
	int result; /* errno, 0 if it is read */
	int number;
} ints[] = {
	{ "5", 0, 5 },
	{ "+5", 0, 5 },
	{ "-5", 0, -5 },
	{ " 5", 0, 5 },
	{ "010", 0, 10 },
	{ "2147483647", 0, INT_MAX },
	{ "2147483648", ERANGE, 0 },
	{ "", EINVAL, 0 },
	{ "x", EINVAL, 0 },
	{ "5x", EINVAL, 0 },
	{ "0x5", EINVAL, 0 },
	{ "5 ", EINVAL, 0 },
};

static void parses_ints_of_the_classic_tools(void)
{
	for (size_t i = 0; i < UNIT_ROWS(ints); i++) {
		int number = 0;
		int result = classic_parse_int(ints[i].text, &number) == 0 ? 0 : errno;

		if (unit_check(result == ints[i].result, "'%s': errno %d, expected %d",
		               ints[i].text, result, ints[i].result) &&
		    result == 0)
			unit_check(number == ints[i].number, "'%s' is %d", ints[i].text, number);
	}
}

static const struct {
	const char *text;
	uint64_t bytes; /* UINT64_MAX: rejected */
} sizes[] = {
	{ "0", 0 },        { "10", 10 },        { "0x10", 16 },     { "010", 8 },
	{ "1K", 1024 },    { "1KiB", 1024 },    { "1KB", 1000 },    { "1.5K", 1536 },
	{ "1.75K", 2099 }, { "x", UINT64_MAX }, { "", UINT64_MAX }, { "-1", UINT64_MAX },
};

static void parses_sizes_of_the_classic_tools(void)
{
	for (size_t i = 0; i < UNIT_ROWS(sizes); i++) {
		uint64_t bytes = UINT64_MAX;
		const bool ok = classic_parse_size(sizes[i].text, &bytes) == 0;

		unit_check(ok == (sizes[i].bytes != UINT64_MAX), "'%s' is %s", sizes[i].text,
		           ok ? "taken" : "refused");
		if (ok)
			unit_check_number(sizes[i].text, bytes, sizes[i].bytes);
	}
}

static const struct {
	const char *text;
	option_parse_fn *parse;
	bool ok;
	uint64_t number;
} arguments[] = {
	{ "1", option_parse_count, true, 1 },
	{ "0", option_parse_count, false, 0 },
	{ "-1", option_parse_count, false, 0 },
	{ "1x", option_parse_count, false, 0 },
	{ "", option_parse_count, false, 0 },
	{ "x", option_parse_count, false, 0 },
	{ "99999999999999999999", option_parse_count, false, 0 },
	{ "4K", option_parse_bytes, true, 4096 },
	{ "0", option_parse_bytes, true, 0 },
	{ "0x1000", option_parse_bytes, true, 4096 },
	{ "0x", option_parse_bytes, false, 0 },
	{ "", option_parse_bytes, false, 0 },
	{ "x", option_parse_bytes, false, 0 },
	{ "-1", option_parse_bytes, false, 0 },
	{ "1X", option_parse_bytes, false, 0 },
	{ "99999999999999999999", option_parse_bytes, false, 0 },
	{ "0", option_parse_size, false, 0 },
	{ "0K", option_parse_size, false, 0 },
	{ "0.0001K", option_parse_size, false, 0 },
	{ "1", option_parse_size, true, 1 },
	{ "0x7f000000", option_parse_address, true, 0x7f000000 },
	{ "0x7f0000000000", option_parse_address, UINTPTR_MAX > UINT32_MAX,
	  UINT64_C(0x7f0000000000) },
	{ "4096", option_parse_address, true, 4096 },
	{ "x", option_parse_address, false, 0 },
	{ "", option_parse_address, false, 0 },
	{ "here", option_parse_address, false, 0 },
	{ "0x", option_parse_address, false, 0 },
	{ "0xfoo", option_parse_address, false, 0 },
	{ "-4096", option_parse_address, false, 0 },
	{ "12abc", option_parse_address, false, 0 },
	{ "4K4", option_parse_address, false, 0 },
	{ "0x10000000000000000", option_parse_address, false, 0 },
	{ "1h", option_parse_duration, true, 3600 },
};

static void parses_arguments_of_options(void)
{
	for (size_t i = 0; i < UNIT_ROWS(arguments); i++) {
		struct optional_number number = { .given = false };
		struct error error = { .text = "" };
		const bool ok = arguments[i].parse(arguments[i].text, &number, &error) == 0;

		unit_check(ok == arguments[i].ok, "row %zu, '%s', is %s: %s", i, arguments[i].text,
		           ok ? "taken" : "refused", error.text);
		if (ok)
			unit_check_number(arguments[i].text, number.number, arguments[i].number);
	}
}

static const struct {
	const char *text;
	enum number_base base;
	enum number_end end;
	uint64_t number;
	const char *rest;
} numbers[] = {
	{ "18446744073709551615", NUMBER_DECIMAL, NUMBER_READ, UINT64_MAX, "" },
	{ "18446744073709551616", NUMBER_DECIMAL, NUMBER_TOO_LARGE, 0, "" },
	{ "99999999999999999999999 k", NUMBER_DECIMAL, NUMBER_TOO_LARGE, 0, " k" },
	{ "010-", NUMBER_DECIMAL, NUMBER_READ, 10, "-" },
	{ "0x1F", NUMBER_DECIMAL, NUMBER_READ, 0, "x1F" },
	{ "0x1F", NUMBER_AS_C, NUMBER_READ, 31, "" },
	{ "0X1f", NUMBER_WITH_0X, NUMBER_READ, 31, "" },
	{ "0x1f", NUMBER_HEXADECIMAL, NUMBER_READ, 31, "" },
	{ "1f:", NUMBER_HEXADECIMAL, NUMBER_READ, 31, ":" },
	{ "0x", NUMBER_HEXADECIMAL, NUMBER_READ, 0, "x" },
	{ "0xg", NUMBER_AS_C, NUMBER_READ, 0, "xg" },
	{ "0178", NUMBER_AS_C, NUMBER_READ, 15, "8" },
	{ "0178", NUMBER_WITH_0X, NUMBER_READ, 178, "" },
	{ "644", NUMBER_OCTAL, NUMBER_READ, 0644, "" },
	{ "8", NUMBER_OCTAL, NUMBER_NONE, 0, "8" },
	{ "", NUMBER_DECIMAL, NUMBER_NONE, 0, "" },
	{ " 1", NUMBER_DECIMAL, NUMBER_NONE, 0, " 1" },
	{ "-1", NUMBER_DECIMAL, NUMBER_NONE, 0, "-1" },
	{ "+1", NUMBER_DECIMAL, NUMBER_NONE, 0, "+1" },
};

static void takes_numbers_off_a_text(void)
{
	for (size_t i = 0; i < UNIT_ROWS(numbers); i++) {
		const char *rest = numbers[i].text;
		uint64_t number = 0;
		const enum number_end end = number_take(&rest, numbers[i].base, &number);

		unit_check(end == numbers[i].end && strcmp(rest, numbers[i].rest) == 0,
		           "'%s' in base %d: end %d before '%s'", numbers[i].text,
		           (int)numbers[i].base, (int)end, rest);
		if (end == NUMBER_READ)
			unit_check_number(numbers[i].text, number, numbers[i].number);
	}
}

static const struct unit_test tests[] = {
	{ "numbers end after their digits", takes_numbers_off_a_text },
	{ "keys are 32 bits, in decimal or hexadecimal", parses_keys },
	{ "ints are parsed as by util-linux", parses_ints_of_the_classic_tools },
	{ "sizes are parsed as by util-linux's ipcmk", parses_sizes_of_the_classic_tools },
	{ "arguments of options", parses_arguments_of_options },
};

UNIT_SUITE(number_suite, "numbers", tests);
