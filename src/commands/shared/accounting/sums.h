/*
 * The sums of lines, and the kernel's totals to compare them with.
 */
#ifndef SHMTOOL_COMMANDS_SHARED_ACCOUNTING_SUMS_H
#define SHMTOOL_COMMANDS_SHARED_ACCOUNTING_SUMS_H

#include "commands/shared/accounting/lines.h"
#include "error.h"

#include <stdint.h>

/**
 * Add the sums of the lines: for base pages, and for each size of huge pages that the machine has.
 *
 * @param error  set on failure
 * @return 0, or -1 if a total can't be read
 */
int usage_sums_add(struct usage_lines *lines, struct error *error);

/**
 * Add the sum of the lines in pages of one size.
 *
 * @param page_bytes  of huge pages; 0: base pages
 * @return the bytes in memory
 */
uint64_t usage_sum_add(struct usage_lines *lines, uint64_t page_bytes);

/**
 * Add the sum, the kernel's total and the difference, and set the share of each line.
 *
 * @param total  bytes
 * @param what   describes the total
 * @param rest   describes the difference
 */
void usage_total_add(struct usage_lines *lines, uint64_t page_bytes, uint64_t total,
                     const char *what, const char *rest);

#endif
