/*
 * On a terminal: the kept candidates summed up by reason, if their rows would fill the screen.
 */
#ifndef SHMTOOL_COMMANDS_RM_KEPT_H
#define SHMTOOL_COMMANDS_RM_KEPT_H

#include "commands/rm/candidate.h"

/** Whether to sum up: on a terminal without --verbose, if the rows would not fit on the screen. */
bool kept_is_summed_up(const struct removal *removal);

/**
 * Print a table of the reasons, and how many candidates were kept for each.
 *
 * @return 0, or -1 with error set
 */
int kept_print(const struct removal *removal, struct error *error);

#endif
