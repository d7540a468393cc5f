/*
 * A small runner for tests of single functions: runs tables, prints TAP. It does not fork. A table
 * is one test, and every failing row is reported.
 */
#ifndef SHMTOOL_TESTS_UNIT_UNIT_H
#define SHMTOOL_TESTS_UNIT_UNIT_H

#include <stdbool.h>
#include <stddef.h>

struct unit_test {
	const char *name;  /* a sentence */
	void (*run)(void); /* calls unit_check() for each row */
};

/** The tests of one module. unit.c lists all suites. */
struct unit_suite {
	const char *name;
	const struct unit_test *tests;
	size_t count;
};

#define UNIT_SUITE(suite, title, table)                                                            \
	const struct unit_suite suite = { title, table, sizeof(table) / sizeof((table)[0]) }

/** The number of rows of a table. */
#define UNIT_ROWS(table) (sizeof(table) / sizeof((table)[0]))

/**
 * Check a row.
 *
 * @param ok      whether the row passes
 * @param format  as for printf(3): the row, the result and the expected result
 * @return ok
 */
bool unit_check(bool ok, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** Check that two texts are equal; the message shows both. */
bool unit_check_text(const char *row, const char *found, const char *expected);

/** Check that two numbers are equal; the message shows both. */
bool unit_check_number(const char *row, unsigned long long found, unsigned long long expected);

#endif
