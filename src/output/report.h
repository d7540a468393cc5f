/*
 * The one formatting module: rows in, a table, JSON, raw lines or shell assignments out.
 *
 * A report prints sections (a title and rows) or single rows in detail. It knows columns and
 * values (output/column.h) and nothing of what they mean.
 */
#ifndef SHMTOOL_OUTPUT_REPORT_H
#define SHMTOOL_OUTPUT_REPORT_H

#include "error.h"
#include "output/column.h"
#include "output/format.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct report;

/**
 * Begin a report on stdout. Nothing is printed yet.
 *
 * @param set              all columns there are
 * @param options          kept, not copied
 * @param machine_columns  what JSON, raw and export print by default, "a,b": the same list for
 *                         every section, so that scripts can rely on it; NULL for all columns
 * @param error            receives a usage error: unknown column or sort key
 * @return the report, to be ended with report_close(), or NULL
 */
struct report *report_open(const struct column_set *set, const struct format_options *options,
                           const char *machine_columns, struct error *error);

/**
 * Print a report elsewhere. Errors show at the stream, ferror(3).
 *
 * @param stream  in place of stdout
 */
void report_to_stream(struct report *report, FILE *stream);

/**
 * The needs of the columns of a section, or-ed: see struct column.
 *
 * @param section_columns  of a struct report_section; NULL for report_details()
 */
unsigned int report_needs(const struct report *report, const char *section_columns);

/** The needs of the columns that the options name, to be printed or sorted by. */
unsigned int report_named_needs(const struct report *report);

/** Rows that belong together. */
struct report_section {
	const char *title;   /* of the table */
	const char *columns; /* what the table prints by default, "a,b"; NULL for all columns */
	const void **rows;   /* sorted in place if the user asked for an order; those of all
	                        sections must lie in one array, one section behind the other */
	size_t count;        /* of rows */
};

/**
 * Print rows: a table a section, or all as one list in the formats that have no titles.
 *
 * @param sections  at least one
 * @param count     of sections
 * @return 0, or -1 with an error
 */
int report_sections(struct report *report, const struct report_section *sections, size_t count,
                    struct error *error);

/**
 * Write the title of a row's details.
 *
 * @param row     as handed to report_details()
 * @param target  receives it
 * @param size    of target in bytes
 */
typedef void report_title_fn(const void *row, char *target, size_t size);

/**
 * Print everything about some rows: in a table's stead a block for each, of lines "column value".
 *
 * @param title  of a block
 * @param rows   sorted in place if the user asked for an order
 * @param count  of rows
 * @return 0, or -1 with an error
 */
int report_details(struct report *report, report_title_fn *title, const void **rows, size_t count,
                   struct error *error);

/**
 * End the report: what is left is written, the memory given back. Errors of stdout show at its
 * closing (main.c).
 */
void report_close(struct report *report);

/**
 * Give up a report of which nothing has been printed.
 */
void report_discard(struct report *report);

/**
 * Print the names and meanings of columns, for "-o help".
 */
void report_list_columns(const struct column_set *set);

#endif
