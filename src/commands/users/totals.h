/*
 * The last line of the users of several objects on a terminal: "3 processes, 2 objects, 103M".
 */
#ifndef SHMTOOL_COMMANDS_USERS_TOTALS_H
#define SHMTOOL_COMMANDS_USERS_TOTALS_H

#include "commands/users/asked.h"
#include "output/report.h"
#include "usage/scan.h"

/**
 * Print the totals of a list, as report_totals() does: processes, objects that they use, and, if it
 * was asked for and is known of all of them, the memory of these.
 */
void users_totals_print(struct report *report, const struct asked *asked,
                        const struct users_list *list);

#endif
