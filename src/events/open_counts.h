/*
 * Opens and closes that fanotify(7) combines: it reports several by one process of one file as one,
 * until that is read. inotify(7) reports each of them, without the process; so both are listened to.
 */
#ifndef SHMTOOL_EVENTS_OPEN_COUNTS_H
#define SHMTOOL_EVENTS_OPEN_COUNTS_H

#include "events/file_key.h"

#include <stdint.h>
#include <sys/types.h>

struct open_counts;

enum open_operation { OPEN_COUNTS_OPENED, OPEN_COUNTS_CLOSED, OPEN_COUNTS_OPERATIONS };

/**
 * Start to count.
 *
 * @param path  of the directory
 * @return free with open_counts_free(); NULL with errno of inotify(7)
 */
struct open_counts *open_counts_new(const char *path);

/** NULL is permitted. */
void open_counts_free(struct open_counts *counts);

/** Count what has happened; to be called before the reports of fanotify are read. */
void open_counts_read(struct open_counts *counts);

/** Note what fanotify reports. */
void open_counts_note(struct open_counts *counts, enum open_operation operation, const char *name,
                      const struct file_key *file, pid_t pid);

/**
 * Process an operation that fanotify has combined with others.
 *
 * @param pid  0 if it is not certain which of several processes it was
 */
typedef void open_counts_fn(void *closure, enum open_operation operation, const char *name,
                            const struct file_key *file, pid_t pid);

/** Pass on the operations that were counted but not noted, after all reports have been noted. */
void open_counts_settle(struct open_counts *counts, open_counts_fn *take, void *closure);

#endif
