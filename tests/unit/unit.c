#include "unit.h"

#include "../fuzz/fuzz.h"

#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* All suites. Each is a file in this directory and a line here. */
extern const struct unit_suite aside_suite;
extern const struct unit_suite bar_suite;
extern const struct unit_suite bash_word_suite;
extern const struct unit_suite calls_suite;
extern const struct unit_suite cgroup_suite;
extern const struct unit_suite column_suite;
extern const struct unit_suite csv_suite;
extern const struct unit_suite drm_memory_suite;
extern const struct unit_suite exposition_suite;
extern const struct unit_suite family_suite;
extern const struct unit_suite family_catalogue_suite;
extern const struct unit_suite family_pattern_suite;
extern const struct unit_suite filter_list_suite;
extern const struct unit_suite filter_suite;
extern const struct unit_suite fit_suite;
extern const struct unit_suite json_suite;
extern const struct unit_suite layout_suite;
extern const struct unit_suite maps_suite;
extern const struct unit_suite memory_cgroup_suite;
extern const struct unit_suite mode_suite;
extern const struct unit_suite number_suite;
extern const struct unit_suite origin_suite;
extern const struct unit_suite percent_suite;
extern const struct unit_suite posix_names_suite;
extern const struct unit_suite process_wait_suite;
extern const struct unit_suite ref_suite;
extern const struct unit_suite report_suite;
extern const struct unit_suite ring_suite;
extern const struct unit_suite served_suite;
extern const struct unit_suite sorted_suite;
extern const struct unit_suite text_suite;
extern const struct unit_suite traced_suite;
extern const struct unit_suite units_suite;
extern const struct unit_suite value_suite;

static const struct unit_suite *const suites[] = {
	&aside_suite,
	&bar_suite,
	&bash_word_suite,
	&calls_suite,
	&cgroup_suite,
	&column_suite,
	&csv_suite,
	&drm_memory_suite,
	&exposition_suite,
	&family_suite,
	&family_catalogue_suite,
	&family_pattern_suite,
	&filter_list_suite,
	&filter_suite,
	&fit_suite,
	&json_suite,
	&layout_suite,
	&maps_suite,
	&memory_cgroup_suite,
	&mode_suite,
	&number_suite,
	&origin_suite,
	&percent_suite,
	&posix_names_suite,
	&process_wait_suite,
	&ref_suite,
	&report_suite,
	&ring_suite,
	&served_suite,
	&sorted_suite,
	&text_suite,
	&traced_suite,
	&units_suite,
	&value_suite,
};

/* State of the current test. */
static bool test_failed;
static unsigned long rows;

bool unit_check(bool ok, const char *format, ...)
{
	va_list arguments;

	rows++;
	if (ok)
		return true;
	if (!test_failed)
		puts("# rows that fail:");
	test_failed = true;
	printf("#   ");
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	putchar('\n');
	return false;
}

bool unit_check_text(const char *row, const char *found, const char *expected)
{
	return unit_check(strcmp(found, expected) == 0, "'%s': found '%s', expected '%s'", row,
	                  found, expected);
}

bool unit_check_number(const char *row, unsigned long long found, unsigned long long expected)
{
	return unit_check(found == expected, "'%s': found %llu, expected %llu", row, found,
	                  expected);
}

/* With --replay, the targets of tests/fuzz run with files instead. */
int main(int argc, char **argv)
{
	unsigned int number = 0;
	unsigned int failed = 0;
	unsigned int plan = 0;

	/* Packages are built with any locale and time zone. */
	if (setlocale(LC_ALL, "C.UTF-8") == NULL)
		setlocale(LC_ALL, "");
	setenv("TZ", "UTC", 1);
	if (argc > 1 && strcmp(argv[1], "--replay") == 0)
		return fuzz_replay(argc - 1, argv + 1);
	for (size_t s = 0; s < UNIT_ROWS(suites); s++)
		plan += (unsigned int)suites[s]->count;
	printf("1..%u\n", plan);
	for (size_t s = 0; s < UNIT_ROWS(suites); s++) {
		for (size_t t = 0; t < suites[s]->count; t++) {
			const struct unit_test *test = &suites[s]->tests[t];

			test_failed = false;
			rows = 0;
			test->run();
			/* An empty table checks nothing, so it fails. */
			test_failed = test_failed || rows == 0;
			failed += test_failed;
			printf("%sok %u %s: %s (%lu rows)\n", test_failed ? "not " : "", ++number,
			       suites[s]->name, test->name, rows);
		}
	}
	return failed > 0;
}
