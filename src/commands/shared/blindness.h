/*
 * Notes on standard error about users that the scan could not see.
 */
#ifndef SHMTOOL_COMMANDS_SHARED_BLINDNESS_H
#define SHMTOOL_COMMANDS_SHARED_BLINDNESS_H

#include "cli/command.h"
#include "objects/filter.h"
#include "objects/object.h"
#include "usage/blind.h"

#include <stddef.h>

/**
 * If --used-by names a process in another IPC namespace, or with another POSIX_DIRECTORY, print how
 * to list the objects that it uses there.
 *
 * @param filter  its kinds decide which note applies
 */
void note_used_elsewhere(const struct command_context *context, const struct object_filter *filter);

/**
 * Remove POSIX queues from the kinds if they can't be listed: with --kind all, this prints a note. If
 * they were named, the listing fails.
 */
void omit_unlisted_queues(const struct command_context *context, struct object_filter *filter);

/** Report what the scan could not see, if anything. */
void note_blind(const struct command_context *context, const struct users_blind *blind);

/**
 * Report how many objects --unused omitted from these lists because their use is unknown.
 *
 * @param lists  from choose_list()
 */
void note_left_out(const struct command_context *context, const struct object_list *lists,
                   size_t count);

/**
 * Print both notes for these lists, if users were looked for. The note about unseen processes is
 * the same for all lists, so it is printed once.
 */
void note_unseen(const struct command_context *context, const struct object_list *lists,
                 size_t count);

#endif
