/*
 * Probed pages as rows: one per run of equal pages, or one per page.
 */
#ifndef SHMTOOL_COMMANDS_PROBE_PAGES_RUNS_H
#define SHMTOOL_COMMANDS_PROBE_PAGES_RUNS_H

#include "error.h"
#include "memory/probe.h"
#include "output/column.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct page_run {
	uint64_t first;  /* first page, counted from 1 */
	uint64_t pages;  /* number of pages */
	uint64_t offset; /* offset of the first page in the object, in bytes */
	uint64_t bytes;
	uint8_t result; /* enum probe_result */
	uint8_t state;  /* enum page_state */
};

struct page_runs {
	struct page_run *runs;
	const void **rows; /* for report_sections() */
	size_t count;
};

/**
 * Build the rows.
 *
 * @param offset      of the first page in the object, in bytes
 * @param page_bytes  size of a page
 * @param each        one row per page
 * @param runs        receives them, free with page_runs_free()
 * @return 0, or -1 with error set
 */
int page_runs_make(const struct probe *probe, uint64_t offset, uint64_t page_bytes, bool each,
                   struct page_runs *runs, struct error *error);

void page_runs_free(struct page_runs *runs);

/** The columns; rows are const struct page_run *. */
extern const struct column_set page_run_columns;

/**
 * Print a line with the totals on standard output.
 *
 * @param page_bytes  size of a page
 * @param separate    print an empty line first
 */
void page_summary_print(const struct probe *probe, uint64_t page_bytes, bool separate);

#endif
