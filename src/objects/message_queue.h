/*
 * System V message queues, sysvipc(7).
 */
#ifndef SHMTOOL_OBJECTS_MESSAGE_QUEUE_H
#define SHMTOOL_OBJECTS_MESSAGE_QUEUE_H

#include "error.h"
#include "objects/change.h"
#include "objects/object.h"
#include "objects/sysv_table.h"

#include <stdbool.h>
#include <sys/msg.h>
#include <sys/types.h>

/** The kernel's array of message queues. */
extern const struct sysv_table queue_table;

/**
 * Add all message queues of this IPC namespace to a list, in the kernel's order: by MSG_STAT_ANY of
 * msgctl(2), since Linux 4.17, which needs no permission and has no side effects; if it is denied,
 * from
 * /proc/sysvipc/msg.
 *
 * @return 0, or -1 with errno if some could not be read: the list holds the others
 */
int queue_list(struct object_list *list);

/** Visit all message queues of this IPC namespace, see sysv_table_walk(). */
int queue_walk(sysv_visit_fn *visit, void *state);

/**
 * Add one message queue to a list.
 *
 * @return 0, or -1 with errno: ENOENT if it does not exist
 */
int queue_find(int id, struct object_list *list);

/**
 * Read one message queue.
 *
 * @param queue  must be all zero; receives the queue
 * @return 0, or -1 with errno: ENOENT if it does not exist
 */
int queue_look(int id, struct shm_object *queue);

/**
 * Change a queue by one IPC_SET right after its status has been read: mode, owner, and with resize the
 * bytes that its messages may have together.
 *
 * @param change  lock and unlock must not be set
 * @return 0, or -1 with error set
 */
int queue_change(int id, const struct object_change *change, struct error *error);

/** Check whether the caller may remove a queue, without changing anything. */
bool queue_may_remove(int id);

/**
 * Find the message queue with a key, msgget(2).
 *
 * @param key  not IPC_PRIVATE
 * @param id   receives the queue's id
 * @return 0, or -1 with errno: ENOENT if no queue has the key
 */
int queue_find_key(key_t key, int *id);

/**
 * Remove a message queue and its messages; the calls of blocked processes fail with EIDRM.
 *
 * @return 0, or -1 with errno of msgctl(2), but ENOENT if it does not exist; EIDRM if it is being
 *         removed
 */
int queue_remove(int id);

/**
 * Create a message queue. An existing one is never returned.
 *
 * @param key   IPC_PRIVATE for none
 * @param mode  permission bits
 * @param id    receives the new queue's id
 * @return 0, or -1 with errno of msgget(2); EEXIST if the key is in use
 */
int queue_create(key_t key, mode_t mode, int *id);

/**
 * Check whether the caller may read a queue: IPC_STAT of msgctl(2).
 *
 * @return false also if it does not exist
 */
bool queue_is_readable(int id);

/**
 * Read the limits of queues: IPC_INFO of msgctl(2); if it is denied, /proc/sys/kernel, which sets
 * only msgmni, msgmax and msgmnb.
 *
 * @return 0, or -1 with errno
 */
int queue_read_limits(struct msginfo *limits);

/**
 * Read the totals of all queues: MSG_INFO of msgctl(2), which returns the number of queues in
 * msgpool, of messages in msgmap and of their bytes in msgtql.
 *
 * @return 0, or -1 with errno
 */
int queue_read_use(struct msginfo *use);

#endif
