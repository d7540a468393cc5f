/*
 * Whether a message queue or a semaphore set is abandoned.
 *
 * System V queues and sets are not attached, so they can't be proven unused. One counts as
 * abandoned if all of these conditions hold:
 *
 * - The processes of its last operations have exited: sempid of each semaphore, lspid and lrpid of
 *   a queue. A process that is younger than the operation merely has the same pid. Pid 0 means no
 *   process in the initial pid namespace; in others, it may be a process outside.
 * - No process waits for it: semncnt and semzcnt, and usage/waiters.h.
 * - A queue has no messages, unless the user accepts their loss.
 * - It has been idle for a given time, according to its own times.
 * - No other object of its owner with the same key, or with a key that ftok(3) makes from the same
 *   file, is in use: an attached segment, or a queue or set with one of the above signs of use.
 *
 * A POSIX queue, which processes open, is abandoned if no process has it open, it has no messages,
 * and it has been idle for that time. The caller looks for its users, usage/scan.h.
 *
 * If a condition can't be checked, the object counts as used. A process that knows the id of a set
 * or queue but has not used it for that time can't be detected.
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

/** The kinds that are judged this way. */
enum { KINDS_IDLE = KIND_BIT(KIND_MSG) | KIND_BIT(KIND_SEM) | KIND_BIT(KIND_PMSG) };

/** The default minimum idle time, in seconds. */
enum { IDLE_FOR_DEFAULT = 600 };

/** Conditions set by the user. */
struct idle_options {
	uint64_t idle_for;  /* seconds */
	bool with_messages; /* a queue with messages may be removed */
};

/** The basis of judgements: a snapshot. */
struct idle {
	struct idle_options options;
	struct waiters waiters;
	struct object_list sysv; /* all System V objects */
	const struct shm_object *
	    *companions; /* those with a key, by what ftok(3) takes of the file */
	size_t companion_count;
	bool sees_all; /* no process is outside our pid namespace */
};

/** Size of the reason for a judgement, in bytes. */
enum { IDLE_WHY_SIZE = 512 };

/**
 * Read all System V objects, and find the waiting processes.
 *
 * @param idle   receives the snapshot; free with idle_end(), also on failure
 * @param error  set if the snapshot is incomplete; no object can then be judged
 * @return 0, or -1
 */
int idle_begin(struct idle *idle, const struct idle_options *options, struct error *error);

void idle_end(struct idle *idle);

/**
 * Judge a queue or set.
 *
 * @param object  of KINDS_IDLE; a POSIX queue must have KNOWN_MESSAGES, and no process may have it
 *                open
 * @param now     seconds since 1970
 * @param why     receives the reason, without a full stop
 * @return USE_ABANDONED or USE_USED; otherwise USE_UNKNOWN, or USE_UNUSED for a POSIX queue
 */
enum object_use idle_judge(const struct idle *idle, const struct shm_object *object, time_t now,
                           char why[IDLE_WHY_SIZE]);

/**
 * Check a queue or set again, and remove it if it is abandoned.
 *
 * The kernel has no call that removes an object only if it is unchanged: an operation of another
 * process in the microseconds between the last check and the removal is lost, and a process that begins
 * to wait for a message up to 0.2 seconds before it may be missed. A POSIX queue is
 * proven unused by a lease, which is released right before the removal; if leases are not
 * available, all processes are scanned.
 *
 * @param waiting  of the calling thread; refreshed for a System V queue
 * @param object   as listed
 * @param remove   false: check only
 * @param why      set for PROOF_UNKNOWN and PROOF_FAILED
 * @return PROOF_UNUSED if it is abandoned, and was removed if requested
 */
enum proof_result idle_remove(const struct idle *idle, struct waiters_cache *waiting,
                              const struct shm_object *object, bool remove, struct error *why);

#endif
