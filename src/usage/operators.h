/*
 * The users of a System V semaphore set or message queue: the processes that wait for it, and those of the
 * last operations that the kernel records.
 */
#ifndef SHMTOOL_USAGE_OPERATORS_H
#define SHMTOOL_USAGE_OPERATORS_H

#include "objects/object.h"
#include "usage/scan.h"
#include "usage/waiters.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Limits of the rows of one object. */
struct operators_limits {
	int failure;      /* errno with which the semaphores could not be read; 0: none */
	uint64_t waiting; /* processes that the kernel says wait for a semaphore */
	uint64_t seen;    /* threads that were seen to wait */
	bool outside;     /* a last operation may be by a process outside this pid namespace */
};

/**
 * Add a row for each process and kind of use: USER_WAITS, USER_OPERATED, USER_SENT, USER_RECEIVED. A
 * process that has exited has a row as well.
 *
 * @param waiters  from waiters_scan()
 * @param object   KIND_SEM or KIND_MSG
 * @param target   index for the rows
 * @param list     receives the rows at its end: users_sort() restores its order
 * @param limits   receives the limits of these rows
 */
void operators_add(const struct waiters *waiters, const struct shm_object *object, size_t target,
                   struct users_list *list, struct operators_limits *limits);

#endif
