/*
 * POSIX message queues, mq_overview(7).
 *
 * Queues have names in their own file system, which shows those of the IPC namespace in which it
 * was mounted. If it is mounted at POSIX_QUEUE_DIRECTORY, queues are looked up there, so that a
 * name means the queue that a listing shows. Otherwise the kernel finds queues by name in the
 * current IPC namespace, but does not list them.
 */
#ifndef SHMTOOL_OBJECTS_POSIX_QUEUE_H
#define SHMTOOL_OBJECTS_POSIX_QUEUE_H

#include "error.h"
#include "objects/change.h"
#include "objects/object.h"
#include "system/place.h"

#include <stdbool.h>

/** Check whether the file system of queues is mounted at POSIX_QUEUE_DIRECTORY. */
bool posix_queue_is_mounted(void);

/**
 * Mount the file system of the queues of this IPC namespace where no path leads, since Linux 5.2. It is
 * unmounted with its last descriptor.
 *
 * @return a descriptor of its directory, O_PATH; or -1 with errno: EPERM without CAP_SYS_ADMIN, ENOSYS
 */
int posix_queue_mount_unseen(void);

/** The kind of a file in POSIX_QUEUE_DIRECTORY: always KIND_PMSG. */
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
 * Change mode and owner of a queue.
 *
 * @param name    without the leading slash
 * @param change  nothing else must be set
 * @return 0, or -1 with error set, also if the file system is not mounted
 */
int posix_queue_change(const char *name, const struct object_change *change, struct error *error);

/**
 * Open the very queue that was listed, for reading.
 *
 * @return a descriptor, or -1 with errno: ENOENT, ESTALE if another queue has its name, EACCES,
 *         ENODEV if the file system is not mounted
 */
int posix_queue_open(const struct shm_object *queue);

/** Size of the text of a queue's file, with the NUL. */
enum { POSIX_QUEUE_LINE_SIZE = 128 };

/**
 * Read the file of a queue, which updates its access and change times. No message is received.
 *
 * @param line  receives "QSIZE:129        NOTIFY:0     SIGNO:0     NOTIFY_PID:0\n", mq_overview(7)
 * @return 0, or -1 with errno of posix_queue_open() or mq_open(3)
 */
int posix_queue_read(const struct shm_object *queue, char line[POSIX_QUEUE_LINE_SIZE]);

/**
 * Parse the bytes of all messages in the text of a queue's file.
 *
 * @param used  receives them; undefined on failure
 * @return false if they are not there
 */
bool posix_queue_parse_used(const char *line, uint64_t *used);

/**
 * Read the status of an open queue.
 *
 * @param queue  receives its times, its owner and the number of its messages
 * @return 0, or -1 with errno
 */
int posix_queue_look(int fd, struct shm_object *queue);

/**
 * Collect the values that need an open of a readable queue, mq_getattr(3), without receiving or
 * changing anything.
 *
 * @param needs  bits of enum object_need; NEED_QUEUE_USED reads the files of queues that have
 *               messages, which updates their access and change times
 * @return 0, or -1 with errno of errno_is_passing() if a shortage made values unknown
 */
int posix_queue_collect(struct object_list *list, unsigned int needs);

/**
 * Unlink a queue; it is destroyed with its last user.
 *
 * @param name  without the leading slash
 * @return 0, or -1 with errno of mq_unlink(3)
 */
int posix_queue_remove(const char *name);

#endif
