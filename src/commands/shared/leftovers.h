/*
 * Leftovers of killed runs of rm: files moved aside, see usage/aside.h.
 */
#ifndef SHMTOOL_COMMANDS_SHARED_LEFTOVERS_H
#define SHMTOOL_COMMANDS_SHARED_LEFTOVERS_H

#include "cli/command.h"
#include "objects/filter.h"

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

/** The same in the directories that a filter selects: those of --dir, and those below. */
void leftovers_finish_in_trees(const struct command_context *context,
                               const struct object_filter *filter, bool may_remove, bool act);

#endif
