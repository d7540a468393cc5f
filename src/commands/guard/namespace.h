/*
 * Private namespaces: an IPC namespace with a /dev/shm and a /dev/mqueue of its own, so that what
 * is made there is seen by nobody else and goes with the last process in it. See
 * ipc_namespaces(7), mount_namespaces(7), user_namespaces(7).
 */
#ifndef SHMTOOL_COMMANDS_GUARD_NAMESPACE_H
#define SHMTOOL_COMMANDS_GUARD_NAMESPACE_H

#include "error.h"

#include <stdint.h>
#include <sys/types.h>

/**
 * Take the calling process into a new IPC and a new mount namespace, for good: with a fresh tmpfs
 * on POSIX_DIRECTORY and, where the machine has one, a fresh file system on POSIX_QUEUE_DIRECTORY.
 * Nothing that is mounted there shows outside. Who may not do that gets a user namespace around
 * them, in which user and group are what they were. The limits of the machine are taken over as far as
 * that is allowed, which in a user namespace it is not.
 *
 * The process must have one thread.
 *
 * @param shm_bytes  size of POSIX_DIRECTORY; 0 for that of the one there is
 * @param shm        receives the device of the tmpfs, by which it is known again
 * @param error      receives why that is refused, and what to do
 * @return 0, or -1 with error set: the process is then half-way in and should not go on
 */
int namespace_enter(uint64_t shm_bytes, dev_t *shm, struct error *error);

/**
 * After namespace_enter(): see to it that POSIX message queues can be listed also where the machine
 * has not mounted POSIX_QUEUE_DIRECTORY. The calling process gets a mount namespace of its own for
 * that, in which nothing else is left below /dev.
 *
 * @return 0, or -1 with errno
 */
int namespace_show_queues(void);

#endif
