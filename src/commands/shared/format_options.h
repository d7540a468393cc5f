/*
 * The output options of all commands that print rows.
 */
#ifndef SHMTOOL_COMMANDS_SHARED_FORMAT_OPTIONS_H
#define SHMTOOL_COMMANDS_SHARED_FORMAT_OPTIONS_H

#include "cli/option.h"
#include "error.h"
#include "output/report.h"

#include <stdbool.h>

struct format_option_values {
	bool json;
	bool raw;
	bool export;
	struct format_options options; /* all except the format */
};

/* The last option formats times; commands without times leave it out. */
enum { FORMAT_OPTION_COUNT = 11, FORMAT_OPTION_COUNT_WITHOUT_TIMES = FORMAT_OPTION_COUNT - 1 };
extern const struct option_spec format_option_specs[FORMAT_OPTION_COUNT];

#define FORMAT_OPTION_GROUP(type, member, option_count)                                            \
	{                                                                                          \
		.title = "Output", .options = format_option_specs, .count = (option_count),        \
		.offset = offsetof(type, member)                                                   \
	}

/* The option of commands that may use a pager: a bool for pager_allow(). */
extern const struct option_spec pager_option_specs[1];

#define PAGER_OPTION_GROUP(type, member)                                                           \
	{                                                                                          \
		.title = NULL, .options = pager_option_specs, .count = 1,                          \
		.offset = offsetof(type, member)                                                   \
	}

/**
 * Choose the format, as suits standard output: see format_options_on_stdout().
 *
 * @param options  receives it
 * @return 0, or -1 with a usage error: options that contradict each other
 */
int format_options_resolve(const struct format_option_values *values,
                           struct format_options *options, struct error *error);

/** Whether an option asks for rows of a certain form; --color and --no-truncate only suit a terminal. */
bool format_options_given(const struct format_option_values *values);

/** Whether to list the columns: -o help. */
bool format_options_want_help(const struct format_option_values *values);

#endif
