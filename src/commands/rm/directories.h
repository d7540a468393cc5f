/*
 * Empty directories, which are removed after the files in them.
 */
#ifndef SHMTOOL_COMMANDS_RM_DIRECTORIES_H
#define SHMTOOL_COMMANDS_RM_DIRECTORIES_H

#include "commands/rm/candidate.h"

/**
 * Remove the chosen directories that are empty and were left so by this run, or are older than the
 * filter's age; the deepest first, never the directory that a tree begins with. No process may be
 * seen to use it. Each gets its decision; without a decision of interest, its row is hidden.
 *
 * @param removal  all other rows are decided
 */
void directories_remove(struct removal *removal);

#endif
