/*
 * POSIX message queues as read shows them: the text of their files, not their messages.
 */
#ifndef SHMTOOL_COMMANDS_READ_QUEUE_H
#define SHMTOOL_COMMANDS_READ_QUEUE_H

#include "cli/command.h"
#include "error.h"
#include "objects/ref.h"

#include <stdbool.h>

/** Whether a REF names a queue. */
bool is_queue(const struct ref *ref);

/**
 * Print the text of a queue's file on standard output, and a note that its messages are not shown.
 *
 * @return 0, or -1 with error set
 */
int queue_print(const struct command_context *context, const struct ref *ref, struct error *error);

#endif
