/*
 * The option --ns, for commands that can look into another process's namespace.
 */
#ifndef SHMTOOL_COMMANDS_SHARED_PLACE_OPTIONS_H
#define SHMTOOL_COMMANDS_SHARED_PLACE_OPTIONS_H

#include "cli/command.h"
#include "cli/option.h"

struct place_options {
	struct optional_number pid;
};

enum { PLACE_OPTION_COUNT = 1 };
extern const struct option_spec place_option_specs[PLACE_OPTION_COUNT];

#define PLACE_OPTION_GROUP(type, member)                                                           \
	{                                                                                          \
		.title = "Elsewhere", .options = place_option_specs, .count = PLACE_OPTION_COUNT,  \
		.offset = offsetof(type, member)                                                   \
	}

/**
 * Enter the namespace that --ns names, if it was given. Call this before any object is inspected.
 *
 * @return 0, or -1 after printing the error
 */
int place_options_enter(const struct command_context *context, const struct place_options *options);

#endif
