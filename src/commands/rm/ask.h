/*
 * The question before a removal.
 */
#ifndef SHMTOOL_COMMANDS_RM_ASK_H
#define SHMTOOL_COMMANDS_RM_ASK_H

#include "cli/command.h"
#include "objects/object.h"

/**
 * Ask whether to remove an object, on stderr.
 *
 * @return 1 if the answer from stdin begins with y or Y, 0 if not, or -1 with error set if it can't
 *         be read
 */
int ask_removal(const struct command_context *context, const struct shm_object *object,
                struct error *error);

#endif
