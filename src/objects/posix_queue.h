/*
 * POSIX message queues, mq_overview(7).
 *
 * They have names in a file system of their own, which shows those of the IPC namespace that
 * mounted it. Where it is mounted, at POSIX_QUEUE_DIRECTORY, queues are looked for in it, so that
 * what a listing shows is what a name means. Where it is not, the kernel still finds a queue by
 * its name in this IPC namespace, but lists none.
 */
#ifndef SHMTOOL_OBJECTS_POSIX_QUEUE_H
#define SHMTOOL_OBJECTS_POSIX_QUEUE_H

#include "error.h"
#include "objects/object.h"
#include "system/place.h"

#include <stdbool.h>

/** Tell whether the file system of the queues is mounted at POSIX_QUEUE_DIRECTORY. */
bool posix_queue_is_mounted(void);

/** The kind of object that a file in POSIX_QUEUE_DIRECTORY is: always the same. */
enum object_kind posix_queue_file_kind(const char *file);

/**
 * Add all queues to a list, sorted by name. No queue is opened.
 *
 * @return 0, or -1 with error set, also if the file system is not mounted
 */
int posix_queue_list(struct object_list *list, struct error *error);

/**
 * Add one queue to a list.
 *
 * @param name  without the leading slash
 * @return 0, or -1 with errno: ENOENT, ENOTSUP, ENOMEM; EACCES if the file system is not mounted
 *         and the queue can't be opened for reading
 */
int posix_queue_find(const char *name, struct object_list *list);

/**
 * Collect what costs an open of a queue that is readable, mq_getattr(3), without receiving or
 * changing anything.
 *
 * @param needs  of enum object_need; NEED_QUEUE_USED reads the files of queues that have messages,
 *               by which the kernel sets their access and change times
 * @return 0, or -1 with errno of errno_is_passing() if a shortage kept it from looking at some
 */
int posix_queue_collect(struct object_list *list, unsigned int needs);

/**
 * Remove a queue's name; the queue goes with its last user.
 *
 * @param name  without the leading slash
 * @return 0, or -1 with errno of mq_unlink(3)
 */
int posix_queue_remove(const char *name);

#endif
