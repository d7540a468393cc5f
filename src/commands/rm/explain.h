/*
 * Why candidates are in use.
 */
#ifndef SHMTOOL_COMMANDS_RM_EXPLAIN_H
#define SHMTOOL_COMMANDS_RM_EXPLAIN_H

#include "commands/rm/candidate.h"

/** Name the users of the objects kept as used: one scan of all processes for all such rows. */
void explain_use(struct removal *removal);

#endif
