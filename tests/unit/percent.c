#include "unit.h"

#include "output/percent.h"

#include <inttypes.h>
#include <stdio.h>

static const struct {
	const char *text;
	unsigned int hundredths; /* 0: a usage error */
} levels[] = {
	{ "80", 8000 },
	{ "80%", 8000 },
	{ "87.5", 8750 },
	{ "87.5%", 8750 },
	{ "87.05%", 8705 },
	{ "100", 10000 },
	{ "100%", 10000 },
	{ "100.00", 10000 },
	{ "0.01", 1 },
	{ "00080", 8000 },
	{ "", 0 },
	{ "%", 0 },
	{ "0", 0 },
	{ "0%", 0 },
	{ "0.00", 0 },
	{ "100.01", 0 },
	{ "101", 0 },
	{ "-1", 0 },
	{ "+80", 0 },
	{ " 80", 0 },
	{ "80 %", 0 },
	{ "80%%", 0 },
	{ "80.", 0 },
	{ ".5", 0 },
	{ "87.555", 0 },
	{ "80,5", 0 },
	{ "0x50", 0 },
	{ "80K", 0 },
	{ "18446744073709551696", 0 },
};

static void parses_percentages(void)
{
	for (size_t i = 0; i < UNIT_ROWS(levels); i++) {
		unsigned int hundredths = 0;
		struct error error = { .text = "" };
		const int result = percent_parse(levels[i].text, &hundredths, &error);

		unit_check((result == 0) == (levels[i].hundredths > 0), "'%s' gives %d",
		           levels[i].text, result);
		unit_check_number(levels[i].text, hundredths, levels[i].hundredths);
		unit_check(result == 0 || error.status == STATUS_USAGE, "'%s': no usage error",
		           levels[i].text);
	}
}

static const struct {
	uint64_t part;
	uint64_t whole;
	const char *text;
} shares[] = {
	{ 0, 1, "0" },
	{ 1, 1, "100" },
	{ 3, 1000, "0.3" },
	{ 1, 1001, "0.0" },
	{ 999, 1000, "99.9" },
	{ 9999, 10000, "99.9" },
	{ 2, 3, "66.6" },
	{ 3, 1, "300" },
	{ 1, UINT64_MAX, "0.0" },
	{ UINT64_MAX, UINT64_MAX, "100" },
	{ UINT64_MAX / 8 * 7, UINT64_MAX, "87.4" },
	{ UINT64_C(1) << 63, UINT64_C(1) << 62, "200" },
};

static void writes_percentages(void)
{
	for (size_t i = 0; i < UNIT_ROWS(shares); i++) {
		char text[PERCENT_TEXT_SIZE];
		char row[64];

		snprintf(row, sizeof(row), "%" PRIu64 " of %" PRIu64, shares[i].part,
		         shares[i].whole);
		percent_text(text, shares[i].part, shares[i].whole);
		unit_check_text(row, text, shares[i].text);
	}
}

static void writes_percentages_as_given(void)
{
	static const struct {
		unsigned int hundredths;
		const char *text;
	} given[] = {
		{ 8000, "80" }, { 8750, "87.5" }, { 8705, "87.05" }, { 1, "0.01" }, { 10000, "100" }
	};

	for (size_t i = 0; i < UNIT_ROWS(given); i++) {
		char text[PERCENT_TEXT_SIZE];

		percent_text_of(text, given[i].hundredths);
		unit_check_text("given", text, given[i].text);
	}
}

static const struct {
	uint64_t part;
	uint64_t whole;
	unsigned int hundredths;
	int order;
} compared[] = {
	{ 79, 100, 8000, -1 },
	{ 80, 100, 8000, 0 },
	{ 81, 100, 8000, 1 },
	{ 0, 0, 8000, -1 },
	{ 1, 0, 10000, 1 },
	{ 7, 8, 8750, 0 },
	{ UINT64_MAX, UINT64_MAX, 10000, 0 },
	{ UINT64_MAX, 3, 10000, 1 },
	{ 1, UINT64_MAX, 1, -1 },
};

static void compares_with_percentages(void)
{
	for (size_t i = 0; i < UNIT_ROWS(compared); i++) {
		const int order =
		    percent_compare(compared[i].part, compared[i].whole, compared[i].hundredths);

		unit_check(order == compared[i].order, "%" PRIu64 " of %" PRIu64 ": %d, not %d",
		           compared[i].part, compared[i].whole, order, compared[i].order);
	}
}

static const struct unit_test tests[] = {
	{ "percentages are parsed, and other words are refused", parses_percentages },
	{ "percentages are rounded down to tenths", writes_percentages },
	{ "percentages are written as they were given", writes_percentages_as_given },
	{ "a part is compared with a percentage", compares_with_percentages },
};

UNIT_SUITE(percent_suite, "percent", tests);
