/*
 * Files that no filter may remove, because they may be something other than shared memory.
 */
#ifndef SHMTOOL_COMMANDS_RM_MISPLACED_H
#define SHMTOOL_COMMANDS_RM_MISPLACED_H

#include "commands/rm/candidate.h"
#include "error.h"
#include "objects/object.h"

/**
 * Drop the files of POSIX_DIRECTORY from a list, unless it is a tmpfs of its own:
 * place_check_removal().
 *
 * @return 0, or -1 with error set if they were dropped
 */
int misplaced_drop(struct object_list *list, struct error *error);

/**
 * Keep the candidates in file systems in memory that serve another purpose: those at /, /run and
 * /dev, and in /tmp as a whole. Their rows say why.
 */
void misplaced_keep(struct removal *removal);

#endif
