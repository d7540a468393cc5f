/*
 * The filter options of all commands that take filters.
 */
#ifndef SHMTOOL_COMMANDS_SHARED_FILTER_OPTIONS_H
#define SHMTOOL_COMMANDS_SHARED_FILTER_OPTIONS_H

#include "cli/option.h"
#include "objects/filter.h"

#include <stdbool.h>

/** The values of the options. */
struct filter_options {
	struct object_filter filter; /* its kinds are not set */
	struct filter_list kinds;
	bool mine;
	bool unused;
	bool orphaned;
	bool abandoned;
};

enum { FILTER_OPTION_COUNT = 16 };
extern const struct option_spec filter_option_specs[FILTER_OPTION_COUNT];

#define FILTER_OPTION_GROUP(type, member)                                                          \
	{                                                                                          \
		.title = "Filters (all must match; A,B: any of these, !A: not this one)",          \
		.options = filter_option_specs, .count = FILTER_OPTION_COUNT,                      \
		.offset = offsetof(type, member)                                                   \
	}

/** Whether any filter was given. */
bool filter_options_given(const struct filter_options *options);

/**
 * Refuse filters that cannot be combined or that need another one.
 *
 * @param has_paths  files in directories are selected, too: place_options_have_trees()
 * @return 0, or -1 with a usage error in error
 */
int filter_options_check(const struct filter_options *options, bool has_paths, struct error *error);

/** The same for a command that takes the kinds of memory without a name, too. */
int filter_options_check_all(const struct filter_options *options, struct error *error);

/** The kinds of memory without a name that --kind selects: bits of UNNAMED_BIT(), all by default. */
unsigned int filter_options_unnamed_kinds(const struct filter_list *list);

/**
 * Refuse filters that no memory without a name can match, and find the kinds that --kind selects.
 *
 * @param kinds  receives bits of UNNAMED_BIT(), usage/unnamed.h; all of them without --kind
 * @return 0, or -1 with a usage error in error
 */
int filter_options_unnamed(const struct filter_options *options, unsigned int *kinds,
                           struct error *error);

/**
 * Build the filter. Without --kind, the kinds are those of the families that --family names, or of
 * memory.
 *
 * @param filter  receives it; its lists remain those of the options
 */
void filter_options_resolve(const struct filter_options *options, struct object_filter *filter);

/** The kinds that --kind selects, of KIND_BIT(); those of memory if it was not given. */
unsigned int filter_options_kinds(const struct filter_list *kinds);

/** Free the values of the options. */
void filter_options_free(struct filter_options *options);

/** Parse kinds, "shm,sem", "all" or "!pmsg", into a struct filter_list of KIND_BIT(). */
option_parse_fn option_parse_kinds;

/** The same for --kind of the filters: also memory without a name. */
option_parse_fn option_parse_filter_kinds;

/** Parse a key into a struct filter_id. */
option_parse_fn option_parse_key;

#endif
