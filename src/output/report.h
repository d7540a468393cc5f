/*
 * Formatting: turns rows into a table, JSON, raw lines or shell assignments.
 *
 * A report prints sections (a title and rows) or single rows in detail. It knows columns and values
 * (output/column.h) but not their meaning.
 */
#ifndef SHMTOOL_OUTPUT_REPORT_H
#define SHMTOOL_OUTPUT_REPORT_H

#include "error.h"
#include "output/buffer.h"
#include "output/column.h"
#include "output/format.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct marks;
struct report;

/**
 * Begin a report on stdout. Nothing is printed yet.
 *
 * @param set              all available columns
 * @param options          kept, not copied
 * @param machine_columns  default columns of JSON, raw and export, "a,b": the same for every
 *                         section, so that scripts can rely on them; NULL for all columns
 * @param error            receives a usage error: unknown column or sort key
 * @return the report, to be closed with report_close(), or NULL
 */
struct report *report_open(const struct column_set *set, const struct format_options *options,
                           const char *machine_columns, struct error *error);

/**
 * Print a report to another stream. Errors are reported by its ferror(3).
 *
 * @param stream  in place of stdout
 */
void report_to_stream(struct report *report, FILE *stream);

/**
 * Keep the text of a report for report_close_kept() instead of printing it.
 *
 * @param marks  receives the marks on the text, which replace the escape sequences of styles
 */
void report_keep(struct report *report, struct marks *marks);

/**
 * Choose the columns of a section.
 *
 * @param section_columns  of a struct report_section; NULL for report_details()
 * @param choice           free with column_choice_free()
 * @return 0, or -1 with error set
 */
int report_columns(const struct report *report, const char *section_columns,
                   struct column_choice *choice, struct error *error);

/**
 * The combined needs of the columns of a section: see struct column.
 *
 * @param section_columns  of a struct report_section; NULL for report_details()
 */
unsigned int report_needs(const struct report *report, const char *section_columns);

/** The combined needs of the columns that the options name for printing or sorting. */
unsigned int report_named_needs(const struct report *report);

/** Rows that belong together. */
struct report_section {
	const char *title;   /* of the table */
	const char *columns; /* default columns of the table, "a,b"; NULL for all columns */
	const void **rows;   /* sorted in place if the user asked for an order; those of all
	                        sections must lie in one array, one section after another */
	size_t count;        /* of rows */
	size_t pinned;       /* rows at the end that stay behind all others in any order: totals */
};

/**
 * Print rows: one table per section, or a single list in formats without titles.
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
 * @param row     as passed to report_details()
 * @param target  receives it
 * @param size    of target in bytes
 */
typedef void report_title_fn(const void *row, char *target, size_t size);

/**
 * Print rows in full: instead of a table, a block of "column value" lines for each.
 *
 * @param title  of a block
 * @param rows   sorted in place if the user asked for an order
 * @param count  of rows
 * @return 0, or -1 with an error
 */
int report_details(struct report *report, report_title_fn *title, const void **rows, size_t count,
                   struct error *error);

/** Whether the report prints tables on a terminal. */
bool report_is_for_terminal(const struct report *report);

/**
 * Write a size as tables on a terminal have it.
 *
 * @param target  UNITS_TEXT_SIZE bytes
 * @return length of the text in bytes
 */
size_t report_size_text(const struct report *report, char *target, uint64_t bytes);

/**
 * Print a last line under tables with headings, on a terminal only.
 *
 * @param text  "3 segments, 1.2G", without a newline
 */
void report_totals(struct report *report, const char *text);

/**
 * Write the rest of the report and free it. Errors of stdout are reported when it is closed
 * (main.c).
 */
void report_close(struct report *report);

/**
 * Free a report after report_keep().
 *
 * @param text  receives the text; its owner frees data
 */
void report_close_kept(struct report *report, struct buffer *text);

/**
 * Discard a report before anything has been printed.
 */
void report_discard(struct report *report);

/**
 * Print the names and meanings of columns, for "-o help".
 */
void report_list_columns(const struct column_set *set);

#endif
