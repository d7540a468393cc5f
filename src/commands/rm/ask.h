/*
 * The question before a removal.
 */
#ifndef SHMTOOL_COMMANDS_RM_ASK_H
#define SHMTOOL_COMMANDS_RM_ASK_H

#include "cli/command.h"
#include "objects/object.h"

#include <stdbool.h>

/**
 * Ask whether to remove an object, on stderr.
 *
 * @return true if the answer from stdin begins with y or Y
 */
bool ask_removal(const struct command_context *context, const struct shm_object *object);

#endif
