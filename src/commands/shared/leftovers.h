/*
 * Leftovers of killed runs of rm in POSIX_DIRECTORY: files moved aside, see usage/aside.h.
 */
#ifndef SHMTOOL_COMMANDS_SHARED_LEFTOVERS_H
#define SHMTOOL_COMMANDS_SHARED_LEFTOVERS_H

#include "cli/command.h"

#include <stdbool.h>

/** Print a note about each, and change nothing. */
void note_leftovers(const struct command_context *context);

/**
 * Finish each interrupted removal, whatever the filters of this run, and print a note: remove the
 * file if it is again proven unused, else restore its name.
 *
 * @param may_remove  false: restore all names
 * @param act         false: only report what would be done
 */
void leftovers_finish(const struct command_context *context, bool may_remove, bool act);

#endif
