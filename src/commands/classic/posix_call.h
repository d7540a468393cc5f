/*
 * POSIX objects by name through the C library, with its errno. Unlike posix.h and posix_queue.h,
 * these functions leave all checks to the library, as the classic commands do.
 */
#ifndef SHMTOOL_COMMANDS_CLASSIC_POSIX_CALL_H
#define SHMTOOL_COMMANDS_CLASSIC_POSIX_CALL_H

#include "objects/object.h"

#include <stdint.h>
#include <sys/types.h>

/**
 * Remove a name: shm_unlink(3), sem_unlink(3), mq_unlink(3). Queues are those of this IPC
 * namespace, regardless of the mount at POSIX_QUEUE_DIRECTORY.
 *
 * @param kind  one of KINDS_POSIX
 * @return 0, or -1 with errno
 */
int posix_call_unlink(enum object_kind kind, const char *name);

/**
 * Create an object with shm_open(3). An existing one is not changed; a new one is removed again if
 * its size can't be set.
 *
 * @param bytes  size; the memory is not allocated yet
 * @param mode   before the umask is applied
 * @return 0, or -1 with errno: EEXIST; EINVAL also if the size is impossible
 */
int posix_call_make_object(const char *name, uint64_t bytes, mode_t mode);

/**
 * Create a semaphore with value 0, sem_open(3), unless it exists.
 *
 * @return 0, or -1 with errno
 */
int posix_call_make_semaphore(const char *name, mode_t mode);

/**
 * Create a queue with the kernel's default limits, mq_open(3), unless it exists.
 *
 * @return 0, or -1 with errno
 */
int posix_call_make_queue(const char *name, mode_t mode);

#endif
