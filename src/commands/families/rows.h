/*
 * The rows of shmtool families: a family, and its objects on this machine.
 */
#ifndef SHMTOOL_COMMANDS_FAMILIES_ROWS_H
#define SHMTOOL_COMMANDS_FAMILIES_ROWS_H

#include "error.h"
#include "output/column.h"
#include "usage/family.h"

#include <stdint.h>

struct family_row {
	const struct family *family;
	char *match;    /* all rules: "pshm /a, psem /b" */
	char *programs; /* "postgres,postmaster"; NULL: none */
	char *place;    /* "FILE:LINE" */
	uint64_t objects;
	uint64_t bytes; /* total of their sizes; for a directory, of the files in it */
	uint64_t unused;
	bool has_unused; /* unused is known */
};

/** Needs of columns in addition to enum object_need. */
enum { NEED_OBJECTS = 1 << 16 };

extern const struct column_set family_columns;

/** Build a row for each family, sorted by name; free with family_rows_free(). */
struct family_row *family_rows_make(const struct families *families);

/**
 * Count the objects of each family.
 *
 * @param rows   from family_rows_make()
 * @param needs  of the columns that are printed
 * @param error  receives the failures
 * @return 0, or -1 with error set; the rest is counted
 */
int family_rows_count(const struct families *families, struct family_row *rows, unsigned int needs,
                      struct error *error);

void family_rows_free(const struct families *families, struct family_row *rows);

#endif
