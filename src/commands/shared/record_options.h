/*
 * The record options of read and write.
 */
#ifndef SHMTOOL_COMMANDS_SHARED_RECORD_OPTIONS_H
#define SHMTOOL_COMMANDS_SHARED_RECORD_OPTIONS_H

#include "cli/option.h"
#include "records/layout.h"

#include <stdbool.h>

struct record_option_values {
	const char *declaration; /* NULL without --record */
	bool packed;
	struct optional_number header; /* bytes before the first record */
};

enum { RECORD_OPTION_COUNT = 3 };
extern const struct option_spec record_option_specs[RECORD_OPTION_COUNT];

#define RECORD_OPTION_GROUP(type, member)                                                          \
	{                                                                                          \
		.title = "Records", .options = record_option_specs, .count = RECORD_OPTION_COUNT,  \
		.offset = offsetof(type, member)                                                   \
	}

/**
 * Build the layout.
 *
 * @param record  receives it, free with record_free(); all zero without --record
 * @return 0, or -1 with error set: invalid declaration, or --packed or --header without --record
 */
int record_options_resolve(const struct record_option_values *values, struct record *record,
                           struct error *error);

#endif
