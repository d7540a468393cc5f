/*
 * The processes that come from a process: its children, theirs, and what was left by parents that
 * have ended and went to it as a subreaper, PR_SET_CHILD_SUBREAPER of prctl(2).
 */
#ifndef SHMTOOL_COMMANDS_GUARD_DESCENDANTS_H
#define SHMTOOL_COMMANDS_GUARD_DESCENDANTS_H

#include "system/process_list.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/**
 * Remember what the caller has inherited: children of the program that it was before execve(2), as of a
 * shell with jobs in the background. These and all that comes from them are not counted as descendants
 * from here on.
 */
void descendants_begin(void);

/**
 * After descendants_begin(): a process that supervises, or the supervised program. Where processes of
 * others may become the caller's children as orphans, because it has inherited some or is the first of
 * its pid namespace, only what comes from such a child is known to descend from the caller.
 */
void descendants_own(pid_t child);

/** Tell whether a process lives and is known to come from another one. */
bool descends_from(pid_t pid, pid_t ancestor);

/**
 * Wait until the caller has no descendants that live, and wait(2) for those that have ended. Those
 * of descendants_own() do not count and are left unwaited for, also in descendants_end().
 *
 * @param milliseconds  to wait at most
 * @param list          receives those that still live, to be freed with process_list_free()
 * @return 0, or -1 with errno if they can't be listed
 */
int descendants_wait(uint64_t milliseconds, struct process_list *list);

/**
 * End all descendants of the caller: SIGTERM, and SIGKILL for those that do not follow, and for
 * those that come meanwhile. The caller must be a subreaper: what has lost its parent becomes its child,
 * so that it goes on until it has no children left. It gives up only on those that SIGKILL does not
 * end, if nothing else happens for five seconds.
 *
 * @param milliseconds  that they have after SIGTERM
 * @param list          receives those that could not be ended, to be freed with process_list_free()
 * @return 0, or -1 with errno if they can't be listed
 */
int descendants_end(uint64_t milliseconds, struct process_list *list);

#endif
