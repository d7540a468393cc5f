/*
 * Companions among the candidates: objects that are removed together, or not at all.
 */
#ifndef SHMTOOL_COMMANDS_RM_GROUP_H
#define SHMTOOL_COMMANDS_RM_GROUP_H

#include "commands/rm/candidate.h"
#include "usage/companions.h"

/**
 * Prove all objects of a group unused and remove them, unless it is a dry run. If one of them is
 * kept or was not chosen, all are kept; the row of each candidate says why.
 */
void group_remove(const struct removal *removal, struct proof *proof,
                  const struct companion_group *group);

#endif
