#include "unit.h"

#include "output/units.h"

#include <inttypes.h>
#include <stdio.h>

#define GIB (UINT64_C(1) << 30)

static const struct {
	const char *text;
	uint64_t bytes;
} sizes[] = {
	{ "0", 0 },
	{ "1", 1 },
	{ "4096", 4096 },
	{ "4K", 4096 },
	{ "4k", 4096 },
	{ "4KiB", 4096 },
	{ "4kib", 4096 },
	{ "4KB", 4000 },
	{ "4kB", 4000 },
	{ "1M", 1 << 20 },
	{ "1m", 1 << 20 },
	{ "2MB", 2000000 },
	{ "1.5KB", 1500 },
	{ "0K", 0 },
	{ "0.0001K", 0 },
	{ "1.001K", 1025 },
	{ "1.0001K", 1024 },
	{ "1.0009765625K", 1025 },
	{ "1.000976562499999999999K", 1024 },
	{ "0.99999999999999999999999K", 1023 },
	{ "1MB", 1000000 },
	{ "1.5M", 3 << 19 },
	{ "1.5MB", 1500000 },
	{ "0.5K", 512 },
	{ "1.0K", 1024 },
	{ "1G", GIB },
	{ "1T", GIB << 10 },
	{ "1P", GIB << 20 },
	{ "1E", GIB << 30 },
	{ "15.9E", UINT64_C(18331451923248866918) },
	{ "0.0009765625K", 1 },
	{ "0.0009K", 0 },
	{ "1.99999999999999999999K", 2047 },
	{ "18446744073709551615", UINT64_MAX },
	{ "00000000000000000000010", 10 },
};

static const char *const no_sizes[] = {
	"",
	"-1",
	"+1",
	" 1",
	"1 ",
	"1 K",
	"K",
	".5K",
	"1.",
	"1.K",
	"1.5",
	"1.0",
	"1.5.5K",
	"1KK",
	"1Ki",
	"1iB",
	"1Z",
	"0x10",
	"1e3",
	"nan",
	"inf",
	"1KiBx",
	"1,5K",
	"18446744073709551616",
	"16E",
	"16.0E",
	"18014398509481984K",
	"99999999999999999999999",
	"99999999999999999999",
	"99999999999G",
	"-4K",
	"1X",
	"4Kx",
	"4KK",
	"abc",
	".",
	" ",
	"4 K",
	"4K ",
};

static void parses_sizes(void)
{
	for (size_t i = 0; i < UNIT_ROWS(sizes); i++) {
		struct error error = { .text = "" };
		uint64_t bytes = 0;

		if (unit_check(size_parse(sizes[i].text, &bytes, &error) == 0,
		               "'%s' is refused: %s", sizes[i].text, error.text))
			unit_check_number(sizes[i].text, bytes, sizes[i].bytes);
	}
}

static void refuses_what_is_no_size(void)
{
	for (size_t i = 0; i < UNIT_ROWS(no_sizes); i++) {
		struct error error = { .text = "" };
		uint64_t bytes;

		unit_check(size_parse(no_sizes[i], &bytes, &error) < 0, "'%s' is taken",
		           no_sizes[i]);
		unit_check(error.status == STATUS_USAGE && error.text[0] != '\0',
		           "'%s': no sentence", no_sizes[i]);
	}
}

static const struct {
	const char *text;
	uint64_t seconds;
} durations[] = {
	{ "0", 0 },
	{ "45", 45 },
	{ "45s", 45 },
	{ "10m", 600 },
	{ "4h", 14400 },
	{ "7d", 604800 },
	{ "2w", 1209600 },
	{ "1h30m", 5400 },
	{ "1d2h3m4s", 93784 },
	{ "007", 7 },
	{ "90s", 90 },
	/* The largest duration is 2^63 - 1 seconds. */
	{ "9223372036854775807", INT64_MAX },
	{ "153722867280912930m", 153722867280912930 * 60 },
	{ "2562047788015215h", 2562047788015215 * 3600 },
	{ "106751991167300d", 106751991167300 * 86400 },
	{ "15250284452471w", 15250284452471 * 604800 },
};

static const char *const no_durations[] = {
	"",
	"-1",
	"s",
	"1x",
	"1 h",
	"h1",
	"1.5h",
	"1h 30m",
	"18446744073709551616",
	"99999999999999999999w",
	"99999999999999999999d",
	"10x",
	"-5m",
	"m",
	"1h30x",
	"10 m",
	"soon",
	"-1s",
	"9223372036854775808",
	"153722867280912931m",
	"2562047788015216h",
	"106751991167301d",
	"15250284452472w",
};

static void parses_durations(void)
{
	for (size_t i = 0; i < UNIT_ROWS(durations); i++) {
		struct error error = { .text = "" };
		uint64_t seconds = 0;

		if (unit_check(duration_parse(durations[i].text, &seconds, &error) == 0,
		               "'%s' is refused: %s", durations[i].text, error.text))
			unit_check_number(durations[i].text, seconds, durations[i].seconds);
	}
}

static void refuses_what_is_no_duration(void)
{
	for (size_t i = 0; i < UNIT_ROWS(no_durations); i++) {
		struct error error = { .text = "" };
		uint64_t seconds;

		unit_check(duration_parse(no_durations[i], &seconds, &error) < 0, "'%s' is taken",
		           no_durations[i]);
	}
}

static const struct {
	uint64_t number;
	const char *text;
} human_sizes[] = {
	{ 0, "0" },         { 1, "1" },       { 512, "512" },    
	{ 1024, "1K" },     { 1536, "1.5K" }, { 4096, "4K" },    { 1 << 20, "1M" },
	{ 3 << 19, "1.5M" }, { GIB, "1G" },   { GIB << 30, "1E" },
}, human_durations[] = {
	{ 0, "0s" },        { 45, "45s" },    { 60, "1m" },      { 61, "1m1s" },
	{ 600, "10m" },     { 15000, "4h10m" }, { 604800, "7d" },
};

static void writes_sizes_and_durations_for_people(void)
{
	char text[UNITS_TEXT_SIZE];

	for (size_t i = 0; i < UNIT_ROWS(human_sizes); i++) {
		size_human(text, human_sizes[i].number);
		unit_check_text("size", text, human_sizes[i].text);
	}
	for (size_t i = 0; i < UNIT_ROWS(human_durations); i++) {
		duration_human(text, human_durations[i].number);
		unit_check_text("duration", text, human_durations[i].text);
	}
}

/* Parsing a formatted size never gives more than the original size, nor 0. */
static void written_sizes_can_be_read(void)
{
	for (uint64_t bytes = 1; bytes < UINT64_MAX / 3; bytes = bytes * 3 + 1) {
		char text[UNITS_TEXT_SIZE];
		struct error error = { .text = "" };
		uint64_t again = 0;

		size_human(text, bytes);
		unit_check(size_parse(text, &again, &error) == 0,
		           "%" PRIu64 " is written as '%s': %s", bytes, text, error.text);
		unit_check(again >= bytes - bytes / 10 && again <= bytes + bytes / 10,
		           "%" PRIu64 " is written as '%s', which is %" PRIu64, bytes, text, again);
	}
}

static const struct {
	time_t when;
	enum time_format format;
	time_t now;
	const char *text;
} times[] = {
	{ 0, TIME_UNIX, 100, "0" },
	{ 1763681041, TIME_UNIX, 0, "1763681041" },
	{ 1763681041, TIME_ISO, 0, "2025-11-20T23:24:01+0000" },
	{ 100, TIME_RELATIVE, 280, "3m ago" },
	/* 2025-11-20T23:24:01 */
	{ 1763681041, TIME_SHORT, 1763681041, "23:24" },
	{ 1763681041, TIME_SHORT, 1763682900, "23:24" },
	{ 1763681041, TIME_SHORT, 1763683200, "Nov 20" },
	{ 1763681041, TIME_SHORT, 1763681041 + 180 * 86400, "Nov 20" },
	{ 1763681041, TIME_SHORT, 1763681041 + 190 * 86400, "2025-11-20" },
	{ 1763681041, TIME_SHORT, 1763681041 - 86400, "2025-11-20" },
	{ INT64_MAX, TIME_SHORT, 0, "9223372036854775807" },
};

static void writes_times(void)
{
	for (size_t i = 0; i < UNIT_ROWS(times); i++) {
		char text[UNITS_TEXT_SIZE];

		time_text(text, times[i].when, times[i].format, times[i].now);
		unit_check_text("time", text, times[i].text);
	}
}

static const struct unit_test tests[] = {
	{ "sizes are parsed as by util-linux", parses_sizes },
	{ "invalid sizes are rejected with a message", refuses_what_is_no_size },
	{ "durations are parsed, even with several units", parses_durations },
	{ "invalid durations are rejected", refuses_what_is_no_duration },
	{ "sizes and durations are formatted for people", writes_sizes_and_durations_for_people },
	{ "a formatted size can be parsed", written_sizes_can_be_read },
	{ "times are formatted in each format", writes_times },
};

UNIT_SUITE(units_suite, "units", tests);
