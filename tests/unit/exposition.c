#include "commands/metrics/exposition.h"

#include "unit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const struct metric plain = { "shmtool_a", NULL, "A." };
static const struct metric with_unit = { "shmtool_b_bytes", "bytes", "B." };

/* Take the text of an exposition, and empty it. */
static void check(struct exposition *exposition, const char *row, const char *expected)
{
	buffer_append(&exposition->text, "", 1);
	unit_check_text(row, exposition->text.data, expected);
	free(exposition->text.data);
	*exposition = (struct exposition){ .last = NULL };
}

static void prints_numbers(void)
{
	static const struct {
		double value;
		const char *text;
	} rows[] = {
		{ 0, "0" },
		{ 1, "1" },
		{ -4096, "-4096" },
		{ 4294967296, "4294967296" },
		{ 9007199254740991, "9007199254740991" },
		{ 18446744073709551615.0, "1.8446744073709552e+19" },
		{ 0.1, "0.1" },
		{ 1.0 / 3, "0.33333333333333331" },
		{ 3e-9, "3e-09" },
		{ INFINITY, "+Inf" },
		{ -INFINITY, "-Inf" },
	};

	for (size_t i = 0; i < UNIT_ROWS(rows); i++) {
		struct exposition exposition = { .last = &plain };
		char expected[64];

		snprintf(expected, sizeof(expected), "shmtool_a %s\n", rows[i].text);
		exposition_add(&exposition, &plain, NULL, rows[i].value);
		check(&exposition, rows[i].text, expected);
	}
}

static void escapes_labels(void)
{
	static const struct {
		const char *value;
		const char *text;
	} rows[] = {
		{ "", "shmtool_a{l=\"\"} 1\n" },
		{ "root", "shmtool_a{l=\"root\"} 1\n" },
		{ "a b,c}", "shmtool_a{l=\"a b,c}\"} 1\n" },
		{ "a\"b", "shmtool_a{l=\"a\\\"b\"} 1\n" },
		{ "a\\b", "shmtool_a{l=\"a\\\\b\"} 1\n" },
		{ "a\nb", "shmtool_a{l=\"a\\\\012b\"} 1\n" },
		{ "\x1b[2J", "shmtool_a{l=\"\\\\033[2J\"} 1\n" },
		{ "\xc3\xa9", "shmtool_a{l=\"\xc3\xa9\"} 1\n" },
		{ "\xc3", "shmtool_a{l=\"\\\\303\"} 1\n" },
	};

	for (size_t i = 0; i < UNIT_ROWS(rows); i++) {
		struct exposition exposition = { .last = &plain };

		exposition_add(&exposition, &plain, LABELS({ "l", rows[i].value }), 1);
		check(&exposition, rows[i].value, rows[i].text);
	}
}

static void describes_once(void)
{
	struct exposition exposition = { .last = NULL };

	exposition_add(&exposition, &with_unit, LABELS({ "l", "1" }, { "m", "2" }), 1);
	exposition_add(&exposition, &with_unit, LABELS({ "l", "2" }, { "m", "2" }), 2);
	exposition_add(&exposition, &plain, NULL, 3);
	exposition_end(&exposition);
	check(&exposition, "two metrics",
	      "# HELP shmtool_b_bytes B.\n"
	      "# TYPE shmtool_b_bytes gauge\n"
	      "# UNIT shmtool_b_bytes bytes\n"
	      "shmtool_b_bytes{l=\"1\",m=\"2\"} 1\n"
	      "shmtool_b_bytes{l=\"2\",m=\"2\"} 2\n"
	      "# HELP shmtool_a A.\n"
	      "# TYPE shmtool_a gauge\n"
	      "shmtool_a 3\n"
	      "# EOF\n");
}

static const struct unit_test tests[] = {
	{ "numbers keep their value", prints_numbers },
	{ "labels are escaped", escapes_labels },
	{ "a metric is described before its first sample", describes_once },
};

UNIT_SUITE(exposition_suite, "exposition", tests);
