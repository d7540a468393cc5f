/*
 * Processes that wait for a System V semaphore set or message queue.
 *
 * The kernel counts the processes that wait for a semaphore (semncnt and semzcnt of semctl(2)), but
 * not those that wait for a message, so all threads are scanned: system/process_wait.h. A process
 * may begin or cease to wait during the scan.
 */
#ifndef SHMTOOL_USAGE_WAITERS_H
#define SHMTOOL_USAGE_WAITERS_H

#include "error.h"
#include "objects/object.h"
#include "system/process.h"
#include "system/process_wait.h"
#include "usage/blind.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/** A process in a call on a set or queue of this IPC namespace. */
struct waiter {
	enum process_call call;
	int id; /* of the set or queue */
	pid_t pid;
	uid_t uid;        /* effective */
	uint32_t threads; /* number of threads in the same call */
	char command[COMMAND_SIZE];
};

/** All zero is the empty list. */
struct waiters {
	struct waiter *waiters; /* sorted by pid */
	size_t count;
	struct users_blind blind; /* the processes that could not be inspected */
};

/**
 * Find all waiting processes of this IPC namespace.
 *
 * @param waiters  receives the processes; free with waiters_free(), also on failure
 * @param error    set if /proc can't be read
 * @return 0, or -1; without /proc, 0 with waiters->blind.no_proc set
 */
int waiters_scan(struct waiters *waiters, struct error *error);

/** A scan that serves many removals. All zero: none yet. */
struct waiters_cache {
	struct waiters waiters;
	uint64_t when; /* process_clock() */
};

/**
 * Scan again unless the last scan began less than 0.2 seconds ago.
 *
 * @param cache  free its waiters with waiters_free(), also on failure
 * @return 0, or -1 with error set
 */
int waiters_refresh(struct waiters_cache *cache, struct error *error);

void waiters_free(struct waiters *waiters);

/** Whether a process waits for this object. */
bool waiter_is_of(const struct waiter *waiter, const struct shm_object *object);

/** The first process that waits for an object, or NULL. */
const struct waiter *waiters_find(const struct waiters *waiters, const struct shm_object *object);

#endif
