/*
 * Printing the lines of shmtool usage.
 */
#ifndef SHMTOOL_COMMANDS_USAGE_TABLE_H
#define SHMTOOL_COMMANDS_USAGE_TABLE_H

#include "commands/shared/accounting/lines.h"
#include "commands/usage/usage.h"
#include "error.h"
#include "output/report.h"

/** Begin a report of lines: as report_open(). */
struct report *usage_report_open(const struct format_options *format, struct error *error);

/**
 * Print lines: a section for each page size.
 *
 * @param lines  from usage_lines_finish()
 * @param title  of the section for base pages; NULL: of all shared memory
 * @return 0, or -1 with error set
 */
int usage_print(struct report *report, const struct usage_options *options,
                const struct usage_lines *lines, const char *title, struct error *error);

#endif
