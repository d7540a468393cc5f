/*
 * Whether a message queue or a semaphore set is abandoned.
 *
 * No process attaches a System V queue or set, so that it is unused cannot be proven. It counts as
 * abandoned if all of this holds:
 *
 * - the processes of its last operations have exited: sempid of each semaphore, lspid and lrpid of a
 *   queue. A process that is younger than the operation only has the same number. 0 is no process in the
 *   first pid namespace; in others, it may be one outside of it.
 * - no process waits for it: semncnt and semzcnt, and usage/waiters.h.
 * - a queue has no messages, unless they are to be lost as well.
 * - nothing was done with it for a given time, by its own times.
 * - no other object of its owner with its key, or with a key that ftok(3) makes of the same file, is in
 *   use: a segment that is attached, a queue or set with one of the signs of use above.
 *
 * A POSIX queue, which processes open, is abandoned if no process has it open, it has no messages, and it
 * was idle for that time. The caller looks for its users, usage/scan.h.
 *
 * What cannot be found out counts as use. A process that knows the id of a set or queue and has not used
 * it for that time leaves no trace.
 */
#ifndef SHMTOOL_USAGE_IDLE_H
#define SHMTOOL_USAGE_IDLE_H

#include "error.h"
#include "objects/object.h"
#include "usage/leased_file.h"
#include "usage/use.h"
#include "usage/waiters.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/** The kinds that are judged so. */
enum { KINDS_IDLE = KIND_BIT(KIND_MSG) | KIND_BIT(KIND_SEM) | KIND_BIT(KIND_PMSG) };

/** How long an object must be idle if the user does not say it, in seconds. */
enum { IDLE_FOR_DEFAULT = 600 };

/** The conditions of a user. */
struct idle_options {
	uint64_t idle_for;  /* seconds */
	bool with_messages; /* messages do not keep a queue */
};

/** What judgements rest on, as it was at one moment. */
struct idle {
	struct idle_options options;
	struct waiters waiters;
	struct object_list sysv; /* all System V objects */
	const struct shm_object *
	    *companions; /* those with a key, by what ftok(3) takes of the file */
	size_t companion_count;
	bool sees_all; /* no process is outside of our pid namespace */
};

/** Room for the reason of a judgement, in bytes. */
enum { IDLE_WHY_SIZE = 512 };

/**
 * Look at all System V objects, and for processes that wait.
 *
 * @param idle   receives it, to be freed with idle_end() also after a failure
 * @param error  set if something could not be looked at; then nothing can be judged
 * @return 0, or -1
 */
int idle_begin(struct idle *idle, const struct idle_options *options, struct error *error);

void idle_end(struct idle *idle);

/**
 * Judge a queue or set.
 *
 * @param object  one of KINDS_IDLE; a POSIX queue with its messages counted, that no process has open
 * @param now     seconds since 1970
 * @param why     receives the reason, without a full stop
 * @return USE_ABANDONED; USE_USED; if neither can be said USE_UNKNOWN, of a POSIX queue USE_UNUSED
 */
enum object_use idle_judge(const struct idle *idle, const struct shm_object *object, time_t now,
                           char why[IDLE_WHY_SIZE]);

/**
 * Look at a queue or set again, and remove it if it is abandoned.
 *
 * There is no call that removes one only if it is still as it was: an operation of another process in the
 * microseconds between the last look and the removal is lost. A POSIX queue is removed under a lease, as
 * files are; where leases are not available, after a look at all processes.
 *
 * @param object  as listed
 * @param remove  false: do everything but the removal
 * @param why     set for PROOF_UNKNOWN and PROOF_FAILED
 * @return PROOF_UNUSED if it is abandoned, and was removed if requested
 */
enum proof_result idle_remove(const struct idle *idle, const struct shm_object *object, bool remove,
                              struct error *why);

#endif
