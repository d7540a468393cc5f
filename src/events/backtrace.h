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
 * List the calls of a thread that is blocked in a system call. The thread makes that call again
 * afterwards: if seccomp_unotify(2) blocks it, the call has not been made yet, and there is another
 * notification of the same call. The listener must not use SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
 * with which the thread does not stop.
 *
 * This takes milliseconds, and a second at most.
 *
 * @param thread  its id; this process must be an ancestor
 * @param error   receives why there is none: the thread is traced already, or has other privileges
 * @return lines "function (file:line)", each ended by a newline: see unwind_list(). Free with
 *         free(3). NULL with error set.
 */
char *backtrace_of(pid_t thread, struct error *error);

#endif
