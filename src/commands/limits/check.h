/*
 * limits --check: report only the limits whose use has reached a level, for monitoring.
 */
#ifndef SHMTOOL_COMMANDS_LIMITS_CHECK_H
#define SHMTOOL_COMMANDS_LIMITS_CHECK_H

#include "cli/option.h"
#include "commands/shared/limit_list.h"

#include <stdbool.h>
#include <stddef.h>

struct check_option {
	bool given;
	unsigned int level; /* hundredths of a percent */
};

/** Parse a level into a struct check_option; the default is 80%. */
option_parse_fn option_parse_level;

/**
 * Keep the limits whose use has reached a level.
 *
 * @param count  of limits
 * @return the number of those kept, in their order
 */
size_t check_keep(struct limit *limits, size_t count, unsigned int level);

/**
 * Print all limits of a list on one line of standard output, highest percentage first; nothing for
 * an empty list.
 *
 * @param limits  sorted in place
 * @param human   print sizes with size_human()
 */
void check_print(struct limit *limits, size_t count, bool human);

#endif
