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
 * Finish each interrupted removal in POSIX_DIRECTORY or in the directories of --dir, and with
 * --recursive below, whatever the other filters of this run; and print a note: remove the file if it
 * is again proven unused, else restore its name. Where filters remove nothing, leftovers stay:
 * place_check_removal().
 *
 * @param filter      selects the directories
 * @param may_remove  false: restore all names
 * @param act         false: only report what would be done
 */
void leftovers_finish(const struct command_context *context, const struct object_filter *filter,
                      bool may_remove, bool act);

#endif
