/*
 * Leftovers of killed runs of rm in POSIX_DIRECTORY: files that were moved aside, usage/aside.h.
 */
#ifndef SHMTOOL_COMMANDS_SHARED_LEFTOVERS_H
#define SHMTOOL_COMMANDS_SHARED_LEFTOVERS_H

#include "cli/command.h"

#include <stdbool.h>

/** Name them, a note each, and leave them alone. */
void leftovers_tell(const struct command_context *context);

/**
 * Finish what can be finished, whatever the filters of this run are, with a note about each: remove what
 * is proven unused again, put back the rest.
 *
 * @param may_remove  false: put back all
 * @param act         false: only say what would be done
 */
void leftovers_finish(const struct command_context *context, bool may_remove, bool act);

#endif
