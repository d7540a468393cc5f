/*
 * System V semaphore sets, sysvipc(7).
 */
#ifndef SHMTOOL_OBJECTS_SEMAPHORE_SET_H
#define SHMTOOL_OBJECTS_SEMAPHORE_SET_H

#include "objects/object.h"
#include "objects/sysv_table.h"

#include <stdbool.h>
#include <sys/sem.h>
#include <sys/types.h>

/**
 * Add all semaphore sets of this IPC namespace to a list, in the kernel's order: SEM_STAT_ANY of
 * semctl(2), since Linux 4.17, which needs no permission and changes nothing;
 * where it is refused, from /proc/sysvipc/sem.
 *
 * @return 0, or -1 with errno if some could not be looked at: the others are in the list
 */
int semaphore_set_list(struct object_list *list);

/** Look at all semaphore sets of this IPC namespace without keeping them, as sysv_table_walk(). */
int semaphore_set_walk(sysv_visit_fn *visit, void *state);

/**
 * Add one semaphore set to a list.
 *
 * @return 0, or -1 with errno: ENOENT if there is none, ENOMEM
 */
int semaphore_set_find(int id, struct object_list *list);

/**
 * Find the semaphore set of a key, semget(2).
 *
 * @param key  not IPC_PRIVATE
 * @param id   receives the set's id
 * @return 0, or -1 with errno: ENOENT if no set has the key
 */
int semaphore_set_find_key(key_t key, int *id);

/**
 * Remove a semaphore set; who waits for it gets EIDRM.
 *
 * @return 0, or -1 with errno of semctl(2), but ENOENT if there is none; EIDRM if it goes
 *         away right now
 */
int semaphore_set_remove(int id);

/** One semaphore of a set. */
struct set_member {
	int value;
	int increase_waiters; /* processes that wait until it is greater */
	int zero_waiters;     /* processes that wait until it is 0 */
	pid_t pid;            /* of the last operation; 0: none, or outside this pid namespace */
};

/**
 * Read one semaphore of a set, for which the set must be readable: GETVAL, GETNCNT, GETZCNT and
 * GETPID of semctl(2), one after the other.
 *
 * @param index   of the semaphore, from 0
 * @param member  receives it
 * @return 0, or -1 with errno: EACCES, EINVAL or EIDRM if the set is gone
 */
int semaphore_set_read(int id, int index, struct set_member *member);

/**
 * Make a semaphore set. An existing one is never returned.
 *
 * @param key    IPC_PRIVATE for none
 * @param count  of semaphores
 * @param mode   permission bits
 * @param id     receives the new set's id
 * @return 0, or -1 with errno of semget(2); EEXIST if the key is taken
 */
int semaphore_set_create(key_t key, int count, mode_t mode, int *id);

/**
 * Tell whether you may read a set: IPC_STAT of semctl(2).
 *
 * @return false also if there is none
 */
bool semaphore_set_is_readable(int id);

/**
 * Read the limits of sets: IPC_INFO of semctl(2), or /proc/sys/kernel/sem where that is refused; then only
 * semmsl, semmns, semopm, semmni and semvmx are set.
 *
 * @return 0, or -1 with errno
 */
int semaphore_set_read_limits(struct seminfo *limits);

/**
 * Read how many sets and semaphores there are: SEM_INFO of semctl(2), which puts them into semusz
 * and semaem.
 *
 * @return 0, or -1 with errno
 */
int semaphore_set_read_use(struct seminfo *use);

#endif
