/*
 * The filter options of all commands that take filters.
 */
#ifndef SHMTOOL_COMMANDS_SHARED_FILTER_OPTIONS_H
#define SHMTOOL_COMMANDS_SHARED_FILTER_OPTIONS_H

#include "cli/option.h"
#include "objects/filter.h"

#include <stdbool.h>

/** The values of the options; kinds is 0 if --kind was not given. */
struct filter_options {
	struct object_filter filter;
	bool mine;
	bool unused;
	bool orphaned;
};

enum { FILTER_OPTION_COUNT = 13 };
extern const struct option_spec filter_option_specs[FILTER_OPTION_COUNT];

#define FILTER_OPTION_GROUP(type, member)                                                          \
	{                                                                                          \
		.title = "Filters (an object must match all of them)",                             \
		.options = filter_option_specs, .count = FILTER_OPTION_COUNT,                      \
		.offset = offsetof(type, member)                                                   \
	}

/** Whether any filter was given. */
bool filter_options_given(const struct filter_options *options);

/**
 * Build the filter: kinds default to memory, --mine becomes an owner.
 *
 * @param filter  receives it
 */
void filter_options_resolve(const struct filter_options *options, struct object_filter *filter);

/** Parse kinds, "shm,sem" or "all", into an unsigned int of KIND_BIT(). */
option_parse_fn option_parse_kinds;

/** Parse a key into a struct filter_id. */
option_parse_fn option_parse_key;

#endif
