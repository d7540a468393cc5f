/*
 * The options of "shmtool create", and their valid combinations.
 */
#ifndef SHMTOOL_COMMANDS_CREATE_OPTIONS_H
#define SHMTOOL_COMMANDS_CREATE_OPTIONS_H

#include "cli/command.h"
#include "cli/option.h"
#include "commands/shared/filter_options.h"
#include "error.h"
#include "objects/posix.h"
#include "system/account.h"

#include <stdbool.h>
#include <sys/types.h>

struct ftok_option {
	bool given;
	const char *text; /* the argument of the option */
	key_t key;
	const char *warning; /* or NULL */
};

struct posix_option {
	bool given;
	char file[POSIX_FILE_SIZE];
};

struct create_options {
	struct optional_number size;
	struct filter_id key;
	struct ftok_option ftok;
	struct posix_option posix;
	const char *mode;
	bool exclusive;
	struct optional_number hugetlb;
	bool noreserve;
	bool populate;
	bool lock;
	struct owner owner;
	const char *from;
	bool anonymous;
	struct common_options common;
};

enum { CREATE_OPTION_GROUPS = 2 };
extern const struct option_group create_option_groups[CREATE_OPTION_GROUPS];

/**
 * Check that the options, and the program given after "--", can be combined.
 *
 * @return 0, or -1 with a usage error in error
 */
int create_options_check(const struct command_context *context,
                         const struct create_options *options, struct error *error);

#endif
