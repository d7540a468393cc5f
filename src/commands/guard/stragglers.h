/*
 * Processes that a program left running.
 */
#ifndef SHMTOOL_COMMANDS_GUARD_STRAGGLERS_H
#define SHMTOOL_COMMANDS_GUARD_STRAGGLERS_H

#include "commands/guard/descendants.h"
#include "error.h"

#include <stdio.h>

/**
 * Print them as a table.
 *
 * @return 0, or -1 with error set
 */
int stragglers_print_table(const struct process_list *processes, FILE *stream, struct error *error);

/** Print them as a JSON array. */
int stragglers_print_json(const struct process_list *processes, FILE *stream, struct error *error);

#endif
