/*
 * Makers of the objects in POSIX_DIRECTORY. Nothing keeps that: no file, and no process that has an
 * object open need be its maker. But the kernel tells it at the very moment, to root: fanotify(7)
 * with FAN_REPORT_PIDFD and FAN_REPORT_TARGET_FID, since Linux 5.17.
 *
 * What is told is the name's maker. Of several names of a file the first one counts, so that who
 * links an object of somebody else's does not become its maker; sem_open(3) makes each
 * semaphore under another name first.
 */
#ifndef SHMTOOL_COMMANDS_GUARD_MAKER_WATCH_H
#define SHMTOOL_COMMANDS_GUARD_MAKER_WATCH_H

#include "commands/guard/fork_watch.h"

#include <stdbool.h>
#include <sys/types.h>

struct posix_makers;

/**
 * Begin to watch.
 *
 * @return to be freed with posix_makers_free(), or NULL with errno if the kernel does not tell
 */
struct posix_makers *posix_makers_watch(void);

void posix_makers_free(struct posix_makers *makers);

/** A descriptor for poll(2): there is something to be read; -1 once something was missed. */
int posix_makers_fd(const struct posix_makers *makers);

/**
 * Read what the kernel has told so far, and find out whether makers descend from a process. Without
 * its family that can be told only as long as a maker was not waited for, so it must be done at
 * once. Nothing is found out any more once something was missed.
 *
 * @param ancestor  of the processes that are looked for
 * @param family    its descendants; NULL if the kernel does not tell of them
 */
void posix_makers_read(struct posix_makers *makers, pid_t ancestor, struct family *family);

/**
 * Tell whether it is proven that a descendant has made an object.
 *
 * @param file  its name in POSIX_DIRECTORY
 */
bool posix_makers_descended(const struct posix_makers *makers, const char *file);

#endif
