/*
 * Where in its program a thread is.
 */
#ifndef SHMTOOL_EVENTS_BACKTRACE_H
#define SHMTOOL_EVENTS_BACKTRACE_H

#include "error.h"

#include <sys/types.h>

/**
 * Prepare for backtrace_of(): load libdw.
 *
 * @return 0, or -1 with error set: the build or the machine lacks it
 */
int backtrace_begin(struct error *error);

/**
 * List the calls of a thread that seccomp_unotify(2) blocks. If a signal can interrupt that (the
 * listener does not use SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV), the call has not been made
 * afterwards, and there is another notification of the same call; the first one is then not valid
 * any more. If not, resume is called.
 *
 * This takes milliseconds, and seldom more than a second.
 *
 * @param thread   its id; this process must be an ancestor
 * @param resume   responds to the notification; called at most once, in a thread of this process
 *                 while the caller waits
 * @param closure  passed to it
 * @param error    receives why there is none: the thread is traced already, or has other privileges
 * @return lines "function (file:line)", each ended by a newline: see unwind_list(). Free with
 *         free(3). NULL with error set.
 */
char *backtrace_of(pid_t thread, void (*resume)(void *closure), void *closure, struct error *error);

#endif
