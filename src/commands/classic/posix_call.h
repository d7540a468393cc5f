/*
 * POSIX objects by their names as the C library takes them, with the errno that it gives: what
 * posix.h and posix_queue.h check first, with sentences, is left to the library here. For the
 * classic commands, which promise no more.
 */
#ifndef SHMTOOL_COMMANDS_CLASSIC_POSIX_CALL_H
#define SHMTOOL_COMMANDS_CLASSIC_POSIX_CALL_H

#include "objects/object.h"

#include <stdint.h>
#include <sys/types.h>

/**
 * Remove a name: shm_unlink(3), sem_unlink(3), mq_unlink(3). Queues are those of this IPC
 * namespace, whatever is mounted at POSIX_QUEUE_DIRECTORY.
 *
 * @param kind  one of KINDS_POSIX
 * @return 0, or -1 with errno
 */
int posix_call_unlink(enum object_kind kind, const char *name);

/**
 * Make an object of shm_open(3). An existing one is left as it is, and a new one that can't get
 * its size is removed again.
 *
 * @param bytes  size; the memory is not taken yet
 * @param mode   what the umask leaves of it
 * @return 0, or -1 with errno: EEXIST, EINVAL also if no object can have that size
 */
int posix_call_make_object(const char *name, uint64_t bytes, mode_t mode);

/**
 * Make a semaphore of the value 0, sem_open(3), or do nothing if it is there already.
 *
 * @return 0, or -1 with errno
 */
int posix_call_make_semaphore(const char *name, mode_t mode);

/**
 * Make a queue with the limits that the kernel gives it, mq_open(3), or do nothing if it is there
 * already.
 *
 * @return 0, or -1 with errno
 */
int posix_call_make_queue(const char *name, mode_t mode);

#endif
