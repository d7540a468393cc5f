/*
 * --every: the same removal again and again, for containers that have no shell and no cron.
 */
#ifndef SHMTOOL_COMMANDS_RM_EVERY_H
#define SHMTOOL_COMMANDS_RM_EVERY_H

#include "cli/command.h"
#include "error.h"

#include <stdint.h>

/** One round. Runs in a process of its own. */
typedef enum exit_status every_fn(void *closure);

/**
 * Run rounds until SIGINT, SIGTERM, SIGHUP or SIGQUIT arrives, which is also obeyed by the first
 * process of a pid namespace. A round that has begun is completed. A failed round is reported by
 * itself, and does not end the others.
 *
 * @param seconds  between the end of a round and the next
 * @param round    called at once, and after each pause
 * @return the status of the last round
 */
enum exit_status every_run(const struct command_context *context, uint64_t seconds, every_fn *round,
                           void *closure);

#endif
