/*
 * System V semaphore sets, sysvipc(7).
 */
#ifndef SHMTOOL_OBJECTS_SEMAPHORE_SET_H
#define SHMTOOL_OBJECTS_SEMAPHORE_SET_H

#include "error.h"
#include "objects/change.h"
#include "objects/object.h"
#include "objects/sysv_table.h"

#include <stdbool.h>
#include <sys/sem.h>
#include <sys/types.h>

/** The kernel's array of semaphore sets. */
extern const struct sysv_table semaphore_set_table;

/**
 * Add all semaphore sets of this IPC namespace to a list, in the kernel's order: by SEM_STAT_ANY of
 * semctl(2), since Linux 4.17, which needs no permission and has no side effects; if it is denied,
 * from
 * /proc/sysvipc/sem.
 *
 * @return 0, or -1 with errno if some could not be read: the list holds the others
 */
int semaphore_set_list(struct object_list *list);

/** Visit all semaphore sets of this IPC namespace, see sysv_table_walk(). */
int semaphore_set_walk(sysv_visit_fn *visit, void *state);

/**
 * Add one semaphore set to a list.
 *
 * @return 0, or -1 with errno: ENOENT if it does not exist
 */
int semaphore_set_find(int id, struct object_list *list);

/**
 * Read one semaphore set.
 *
 * @param set  must be all zero; receives the set
 * @return 0, or -1 with errno: ENOENT if it does not exist
 */
int semaphore_set_look(int id, struct shm_object *set);

/**
 * Find the semaphore set with a key, semget(2).
 *
 * @param key  not IPC_PRIVATE
 * @param id   receives the set's id
 * @return 0, or -1 with errno: ENOENT if no set has the key
 */
int semaphore_set_find_key(key_t key, int *id);

/**
 * Remove a semaphore set; the calls of blocked processes fail with EIDRM.
 *
 * @return 0, or -1 with errno of semctl(2), but ENOENT if it does not exist; EIDRM if it is being
 *         removed
 */
int semaphore_set_remove(int id);

/**
 * Change mode and owner of a set by one IPC_SET right after its status has been read.
 *
 * @param change  nothing else must be set
 * @return 0, or -1 with error set
 */
int semaphore_set_change(int id, const struct object_change *change, struct error *error);

/** Whether the caller may remove a set; nothing is changed. */
bool semaphore_set_may_remove(int id);

/** One semaphore of a set. */
struct set_member {
	int value;
	int increase_waiters; /* processes that wait for an increase */
	int zero_waiters;     /* processes that wait for 0 */
	pid_t pid;            /* of the last operation; 0: none, or outside this pid namespace */
};

/**
 * Read one semaphore of a readable set: GETVAL, GETNCNT, GETZCNT and GETPID of semctl(2), one after
 * the other.
 *
 * @param index   of the semaphore, from 0
 * @param member  receives the semaphore
 * @return 0, or -1 with errno: EACCES, EINVAL or EIDRM if the set is gone
 */
int semaphore_set_read(int id, int index, struct set_member *member);

/**
 * Create a semaphore set. An existing one is never returned.
 *
 * @param key    IPC_PRIVATE for none
 * @param count  number of semaphores
 * @param mode   permission bits
 * @param id     receives the new set's id
 * @return 0, or -1 with errno of semget(2); EEXIST if the key is in use
 */
int semaphore_set_create(key_t key, int count, mode_t mode, int *id);

/**
 * Check whether the caller may read a set: IPC_STAT of semctl(2).
 *
 * @return false also if it does not exist
 */
bool semaphore_set_is_readable(int id);

/**
 * Read the limits of sets: IPC_INFO of semctl(2); if it is denied, /proc/sys/kernel/sem, which sets
 * only semmsl, semmns, semopm, semmni and semvmx.
 *
 * @return 0, or -1 with errno
 */
int semaphore_set_read_limits(struct seminfo *limits);

/**
 * Read the numbers of sets and semaphores: SEM_INFO of semctl(2), which returns them in semusz and
 * semaem.
 *
 * @return 0, or -1 with errno
 */
int semaphore_set_read_use(struct seminfo *use);

#endif
