/*
 * shmtool watch --summary: counts of events by object, command and system call.
 */
#ifndef SHMTOOL_COMMANDS_WATCH_SUMMARY_H
#define SHMTOOL_COMMANDS_WATCH_SUMMARY_H

#include "error.h"
#include "events/event.h"
#include "output/column.h"
#include "output/format.h"

struct summary;

/** The columns of its rows. */
extern const struct column_set watch_summary_columns;

/**
 * Begin to count.
 *
 * @param format  kept, not copied
 * @param error   receives a usage error: an unknown column
 * @return print and free with summary_close(); NULL with error set
 */
struct summary *summary_open(const struct format_options *format, struct error *error);

/** Count an event. */
void summary_add(struct summary *summary, const struct event *event);

/**
 * Print the counts and free them.
 *
 * @param print  false: only free them
 * @return 0, or -1 with error set
 */
int summary_close(struct summary *summary, bool print, struct error *error);

#endif
