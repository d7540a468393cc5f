/*
 * Private namespaces: an IPC namespace with its own /dev/shm and /dev/mqueue, whose objects are
 * invisible to other processes and are removed with the last process in it. See ipc_namespaces(7),
 * mount_namespaces(7), user_namespaces(7).
 */
#ifndef SHMTOOL_COMMANDS_GUARD_NAMESPACE_H
#define SHMTOOL_COMMANDS_GUARD_NAMESPACE_H

#include "error.h"

#include <stdint.h>
#include <sys/types.h>

/**
 * Move the calling process into a new IPC and mount namespace, permanently, with a new tmpfs on
 * POSIX_DIRECTORY and, if the machine has one, a new file system on POSIX_QUEUE_DIRECTORY. These
 * mounts are not visible outside. For an unprivileged caller, both are inside a new user namespace
 * that keeps user and group. The machine's limits are copied if permitted, which is not the case in
 * a user namespace.
 *
 * The process must have one thread.
 *
 * @param shm_bytes  size of POSIX_DIRECTORY; 0 for that of the existing one
 * @param shm        receives the device of the tmpfs, to recognise it later
 * @param error      receives why the kernel refused, and the remedy
 * @return 0, or -1 with error set; the process may then be partly in new namespaces and should exit
 */
int namespace_enter(uint64_t shm_bytes, dev_t *shm, struct error *error);

/**
 * After namespace_enter(): make POSIX message queues visible even if the machine has not mounted
 * POSIX_QUEUE_DIRECTORY. For that, the calling process gets its own mount namespace, with nothing
 * else below /dev.
 *
 * @return 0, or -1 with errno
 */
int namespace_show_queues(void);

#endif
