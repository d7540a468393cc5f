/*
 * The options of shmtool watch.
 */
#ifndef SHMTOOL_COMMANDS_WATCH_OPTIONS_H
#define SHMTOOL_COMMANDS_WATCH_OPTIONS_H

#include "cli/option.h"
#include "commands/shared/filter_options.h"
#include "commands/shared/format_options.h"
#include "objects/filter_list.h"

#include <stdbool.h>
#include <stdint.h>

/** The argument of --until. */
struct watch_until {
	unsigned int types; /* bits of EVENT_BIT(); 0: not given */
	uint64_t count;     /* of events of these types, in total */
};

struct watch_options {
	struct filter_list events; /* bits of EVENT_BIT() */
	bool calls;
	struct optional_number time; /* --for, seconds */
	struct watch_until until;
	struct optional_number interval; /* milliseconds */
	bool summary;
	bool table;
	const char *record; /* path, or NULL */
	const char *replay;
	struct filter_options filter;
	struct format_option_values format;
	struct common_options common;
};

enum { WATCH_OPTION_GROUPS = 7 };
extern const struct option_group watch_option_groups[WATCH_OPTION_GROUPS];

/**
 * Refuse options that contradict each other.
 *
 * @param has_refs     there are operands
 * @param has_program  there is a program after "--"
 * @return 0, or -1 with a usage error in error
 */
int watch_options_check(const struct watch_options *options, bool has_refs, bool has_program,
                        struct error *error);

/** Whether calls are events and have columns: with --calls, or if the event is named. */
bool watch_options_calls(const struct watch_options *options);

/** The types of events that --event selects: bits of EVENT_BIT(). */
unsigned int watch_options_types(const struct watch_options *options);

#endif
