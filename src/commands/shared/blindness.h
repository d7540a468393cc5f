/*
 * The notes on standard error about what a look for users could not see.
 */
#ifndef SHMTOOL_COMMANDS_SHARED_BLINDNESS_H
#define SHMTOOL_COMMANDS_SHARED_BLINDNESS_H

#include "cli/command.h"
#include "objects/filter.h"
#include "objects/object.h"
#include "usage/blind.h"

#include <stddef.h>

/**
 * Say, if --used-by names a process of another IPC namespace, or one that does not have this
 * POSIX_DIRECTORY mounted, where the objects that it uses there are found.
 *
 * @param filter  whose kinds tell what is looked for
 */
void tell_used_elsewhere(const struct command_context *context, const struct object_filter *filter);

/** Say what could not be seen, if anything. */
void tell_blind(const struct command_context *context, const struct users_blind *blind);

/**
 * Say how many objects --unused has dropped from these lists because their verdict is unknown.
 *
 * @param lists  of choose_list()
 */
void tell_left_out(const struct command_context *context, const struct object_list *lists,
                   size_t count);

/**
 * Say both about lists, if users were looked for at all. Who can't be seen is the same for all of
 * them: those who have opened POSIX objects by their names may be others, but all are counted.
 */
void tell_unseen(const struct command_context *context, const struct object_list *lists,
                 size_t count);

#endif
