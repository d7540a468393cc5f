/*
 * System V message queues, sysvipc(7).
 */
#ifndef SHMTOOL_OBJECTS_MESSAGE_QUEUE_H
#define SHMTOOL_OBJECTS_MESSAGE_QUEUE_H

#include "objects/object.h"
#include "objects/sysv_table.h"

#include <stdbool.h>
#include <sys/msg.h>
#include <sys/types.h>

/**
 * Add all message queues of this IPC namespace to a list, in the kernel's order: MSG_STAT_ANY of
 * msgctl(2), since Linux 4.17, which needs no permission and changes nothing;
 * where it is refused, from /proc/sysvipc/msg.
 *
 * @return 0, or -1 with errno if some could not be looked at: the others are in the list
 */
int queue_list(struct object_list *list);

/** Look at all message queues of this IPC namespace without keeping them, as sysv_table_walk(). */
int queue_walk(sysv_visit_fn *visit, void *state);

/**
 * Add one message queue to a list.
 *
 * @return 0, or -1 with errno: ENOENT if there is none, ENOMEM
 */
int queue_find(int id, struct object_list *list);

/**
 * Find the message queue of a key, msgget(2).
 *
 * @param key  not IPC_PRIVATE
 * @param id   receives the queue's id
 * @return 0, or -1 with errno: ENOENT if no queue has the key
 */
int queue_find_key(key_t key, int *id);

/**
 * Remove a message queue with the messages in it; who waits for it gets EIDRM.
 *
 * @return 0, or -1 with errno of msgctl(2), but ENOENT if there is none; EIDRM if it goes
 *         away right now
 */
int queue_remove(int id);

/**
 * Make a message queue. An existing one is never returned.
 *
 * @param key   IPC_PRIVATE for none
 * @param mode  permission bits
 * @param id    receives the new queue's id
 * @return 0, or -1 with errno of msgget(2); EEXIST if the key is taken
 */
int queue_create(key_t key, mode_t mode, int *id);

/**
 * Tell whether you may read a queue: IPC_STAT of msgctl(2).
 *
 * @return false also if there is none
 */
bool queue_is_readable(int id);

/**
 * Read the limits of queues: IPC_INFO of msgctl(2), or /proc/sys/kernel where that is refused; then only
 * msgmni, msgmax and msgmnb are set.
 *
 * @return 0, or -1 with errno
 */
int queue_read_limits(struct msginfo *limits);

/**
 * Read what all queues hold together: MSG_INFO of msgctl(2), which puts the queues into msgpool,
 * the messages into msgmap and their bytes into msgtql.
 *
 * @return 0, or -1 with errno
 */
int queue_read_use(struct msginfo *use);

#endif
