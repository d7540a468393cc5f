/*
 * Collecting the lines of all shared memory.
 */
#ifndef SHMTOOL_COMMANDS_SHARED_ACCOUNTING_COLLECT_H
#define SHMTOOL_COMMANDS_SHARED_ACCOUNTING_COLLECT_H

#include "commands/shared/accounting/lines.h"
#include "error.h"
#include "usage/blind.h"

#include <stdbool.h>

/**
 * Add the lines of all shared memory, without their sums. A failure to look somewhere is the reason
 * of a line.
 *
 * The program enters other IPC namespaces, and does not return.
 *
 * @param blind  receives the processes that could not be inspected
 * @param error  set on failure
 * @return 0; or -1 if something is missing, and no line says so
 */
int usage_collect(struct usage_lines *lines, struct users_blind *blind, struct error *error);

/** Find the processes that can't be inspected. */
void usage_find_blind(struct users_blind *blind);

/** Check whether anything on the machine is in swap, so that it matters what is. */
bool usage_is_swapping(void);

#endif
