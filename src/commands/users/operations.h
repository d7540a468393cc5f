/*
 * Notes about the users of queues and semaphore sets.
 */
#ifndef SHMTOOL_COMMANDS_USERS_OPERATIONS_H
#define SHMTOOL_COMMANDS_USERS_OPERATIONS_H

#include "cli/command.h"
#include "commands/users/columns.h"

/** Say what the rows of a queue or set do not show: processes that can't be seen. */
void note_operations(const struct command_context *context, const struct used *used);

#endif
