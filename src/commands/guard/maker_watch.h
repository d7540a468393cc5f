/*
 * The creators of objects in POSIX_DIRECTORY. They are not recorded anywhere, and a process that
 * has an object open need not be its creator. But the kernel reports them to root at the moment of
 * creation: fanotify(7) with FAN_REPORT_PIDFD and FAN_REPORT_TARGET_FID, since Linux 5.17.
 *
 * The kernel reports the creator of a name. For a file with several names, the first one counts, so
 * that a process that links an existing object does not become its creator; sem_open(3) creates
 * each semaphore under another name first.
 */
#ifndef SHMTOOL_COMMANDS_GUARD_MAKER_WATCH_H
#define SHMTOOL_COMMANDS_GUARD_MAKER_WATCH_H

#include "commands/guard/fork_watch.h"

#include <stdbool.h>
#include <sys/types.h>

struct descendants;
struct posix_makers;

/**
 * Start watching.
 *
 * @return free with posix_makers_free(); NULL with errno if the kernel does not report creators
 */
struct posix_makers *posix_makers_watch(void);

void posix_makers_free(struct posix_makers *makers);

/**
 * A descriptor for poll(2), readable when posix_makers_read() is due; -1 after an event was lost.
 */
int posix_makers_fd(const struct posix_makers *makers);

/**
 * Read the events so far, and determine whether the creators are descendants of the caller. Without
 * its forks, this works only until a creator is reaped, so call this at once. After an event was
 * lost, nothing more is determined.
 *
 * @param forks   the caller's descendants; NULL if the kernel does not report them
 */
void posix_makers_read(struct posix_makers *makers, const struct descendants *descendants,
                       struct fork_watch *forks);

/**
 * Whether an object is proven to be created by a descendant.
 *
 * @param file  its name in POSIX_DIRECTORY
 */
bool posix_makers_descended(const struct posix_makers *makers, const char *file);

#endif
