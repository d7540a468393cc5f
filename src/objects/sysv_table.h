/*
 * The kernel's arrays of System V objects: segments, message queues, semaphore sets. Each has an
 * index, which is the lower part of its id.
 */
#ifndef SHMTOOL_OBJECTS_SYSV_TABLE_H
#define SHMTOOL_OBJECTS_SYSV_TABLE_H

#include "objects/object.h"

#include <stddef.h>
#include <sys/ipc.h>

/**
 * Look at the object of an index: SHM_STAT_ANY, MSG_STAT_ANY, SEM_STAT_ANY, since Linux 4.17. They
 * need no permission and change nothing. An id does as well for an index.
 *
 * @param index   of the kernel's array
 * @param object  receives what there is; NULL: only look
 * @return the object's id; or -1 with errno: EINVAL or EIDRM if nothing lives there
 */
typedef int sysv_stat_fn(int index, struct shm_object *object);

/**
 * Look at an object of a walk.
 *
 * @param object  valid until the function returns
 * @param state   passed on
 */
typedef void sysv_visit_fn(const struct shm_object *object, void *state);

/** Fill in what all System V objects have. The object is all zero before. */
void sysv_fill(struct shm_object *object, enum object_kind kind, int id,
               const struct ipc_perm *perm);

/**
 * Look at all objects one after the other, in the kernel's order, without keeping them.
 *
 * @param highest  index, -1 if it could not be had, with errno
 * @param visit    called for each
 * @param state    passed on to it
 * @return 0, or -1 with errno if some could not be looked at
 */
int sysv_index_walk(int highest, sysv_stat_fn *stat_any, sysv_visit_fn *visit, void *state);

/**
 * Add all objects to a list, in the kernel's order.
 *
 * @param highest  index, -1 if it could not be had, with errno
 * @return 0, or -1 with errno if some could not be looked at: the others are in the list
 */
int sysv_index_list(int highest, sysv_stat_fn *stat_any, struct object_list *list);

/**
 * Tell whether an id lives. Another id at its index means that ours is gone.
 *
 * @param object  receives it; NULL: only look
 * @return 0, or -1 with errno: ENOENT if it is gone
 */
int sysv_index_stat(int id, sysv_stat_fn *stat_any, struct shm_object *object);

/**
 * Add the object of an id to a list.
 *
 * @return 0, or -1 with errno: ENOENT if there is none, ENOMEM
 */
int sysv_index_find(int id, sysv_stat_fn *stat_any, struct object_list *list);

#endif
