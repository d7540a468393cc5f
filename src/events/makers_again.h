/*
 * Calls that were interrupted for a backtrace: they are notified again, and have one already.
 */
#ifndef SHMTOOL_EVENTS_MAKERS_AGAIN_H
#define SHMTOOL_EVENTS_MAKERS_AGAIN_H

#include <linux/seccomp.h>

struct interrupted_call;

/** All zero is the empty list. */
struct interrupted_calls {
	struct interrupted_call *first;
};

/**
 * Add a call.
 *
 * @param notice     its notification
 * @param backtrace  to be freed; the list becomes its owner
 */
void interrupted_call_add(struct interrupted_calls *calls, const struct seccomp_notif *notice,
                          char *backtrace);

/**
 * Remove a call when it is notified again.
 *
 * @return its backtrace, to be freed; NULL if the call has not been interrupted
 */
char *interrupted_call_take(struct interrupted_calls *calls, const struct seccomp_notif *notice);

void interrupted_calls_free(struct interrupted_calls *calls);

#endif
