/*
 * The options of shmtool usage, and its two tables.
 */
#ifndef SHMTOOL_COMMANDS_USAGE_USAGE_H
#define SHMTOOL_COMMANDS_USAGE_USAGE_H

#include "cli/command.h"
#include "commands/shared/accounting/by_groups.h"
#include "commands/shared/filter_options.h"
#include "commands/shared/format_options.h"
#include "commands/shared/place_options.h"
#include "error.h"

#include <stdbool.h>

struct usage_options {
	bool all; /* also lines without memory */
	struct by_list by;
	struct optional_number top;
	struct filter_options filter;
	struct place_options place;
	struct format_option_values format;
	bool no_pager;
	struct common_options common;
};

/**
 * Print the table of all shared memory, which adds up to what the kernel reports.
 *
 * @param format  from format_options_resolve()
 * @return the exit status
 */
enum exit_status usage_table(const struct command_context *context,
                             const struct usage_options *options,
                             const struct format_options *format);

/**
 * Print a table for each directory of --dir.
 *
 * @param format  from format_options_resolve()
 * @return the exit status
 */
enum exit_status usage_directories(const struct command_context *context,
                                   const struct usage_options *options,
                                   const struct format_options *format);

/**
 * Print totals instead.
 *
 * @param options  with --by
 * @param format   from format_options_resolve()
 * @return the exit status
 */
enum exit_status usage_by(const struct command_context *context,
                          const struct usage_options *options, const struct format_options *format);

/** The columns of the table of all shared memory. */
extern const struct column_set usage_columns;

#endif
