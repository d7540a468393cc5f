/*
 * Whose objects are looked at: our own, or those of another process, which may live in an IPC
 * namespace and with a /dev/shm of its own: a container's. See ipc_namespaces(7).
 */
#ifndef SHMTOOL_IPC_PLACE_H
#define SHMTOOL_IPC_PLACE_H

#include "error.h"

#include <sys/types.h>

/**
 * From now on, look at what a process sees: its IPC namespace is entered, and the directories of
 * POSIX objects are those below its root. Everything else stays ours: user names, files, /proc.
 * Symbolic links below that root lead nowhere outside it.
 *
 * The process must have one thread, and be allowed to enter: that is root, or who owns the user
 * namespace that the process is in.
 *
 * @return 0, or -1 with error set; then nothing more should be looked at
 */
int place_enter(pid_t pid, struct error *error);

/** The path by which POSIX_DIRECTORY can be opened. */
const char *place_posix_directory(void);

/** The path by which POSIX_QUEUE_DIRECTORY can be opened. */
const char *place_queue_directory(void);

#endif
