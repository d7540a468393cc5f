/* Rows of text that become records: shared by the tests of CSV and JSON. */
#ifndef SHMTOOL_TESTS_UNIT_ROWS_H
#define SHMTOOL_TESTS_UNIT_ROWS_H

#include "records/input.h"

#include <stddef.h>

struct rows_test {
	const char *text;
	unsigned long long count; /* of records; NONE: the text is rejected */
	int first;                /* the member a of the first record */
	const char *name;         /* its member name */
};

#define NONE (~0ULL)

/** Parse each text as records of 'int a; char name[8];' and check count and first record. */
void rows_check(enum record_input_format format, const struct rows_test *tests, size_t count);

#endif
