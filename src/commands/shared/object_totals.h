/*
 * The last line of a list on a terminal: "3 segments, 2 objects, 1.2G, 900M unused".
 */
#ifndef SHMTOOL_COMMANDS_SHARED_OBJECT_TOTALS_H
#define SHMTOOL_COMMANDS_SHARED_OBJECT_TOTALS_H

#include "objects/object.h"
#include "output/report.h"

#include <stdbool.h>

/**
 * Print the totals of a list, as report_totals() does: objects by kind, the bytes of memory, and, if
 * it is known of all memory, the unused part. Queues are left out of the sums, since their size is
 * only a limit.
 */
void object_totals_print(struct report *report, const struct object_list *list);

#endif
