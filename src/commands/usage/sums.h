/*
 * The sums of shmtool usage, and the kernel's totals to compare them with.
 */
#ifndef SHMTOOL_COMMANDS_USAGE_SUMS_H
#define SHMTOOL_COMMANDS_USAGE_SUMS_H

#include "commands/usage/lines.h"
#include "error.h"

/**
 * Add the sums of the lines: for base pages, and for each size of huge pages that the machine has.
 *
 * @param error  set on failure
 * @return 0, or -1 if a total can't be read
 */
int usage_sums_add(struct usage_lines *lines, struct error *error);

#endif
