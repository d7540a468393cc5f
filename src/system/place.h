/*
 * Whose objects are looked at: our own, or those of another process, which may live in an IPC
 * namespace and with a /dev/shm of its own: a container's. See ipc_namespaces(7).
 */
#ifndef SHMTOOL_SYSTEM_PLACE_H
#define SHMTOOL_SYSTEM_PLACE_H

#include "error.h"

#include <stdbool.h>
#include <sys/types.h>

/** Where the objects are: shm_overview(7). */
#define POSIX_DIRECTORY "/dev/shm"

/** Where the file system of the queues is mounted: mq_overview(7). */
#define POSIX_QUEUE_DIRECTORY "/dev/mqueue"

/**
 * From now on, look at what a process sees: its IPC namespace is entered, and the directories of
 * POSIX objects are those below its root. Everything else stays ours: user names, files, /proc.
 * Symbolic links below that root lead nowhere outside it. Where the process has no such directory,
 * there are no objects.
 *
 * The process must have one thread, and be allowed to enter: that is root, or who owns the user
 * namespace that the process is in.
 *
 * @return 0, or -1 with error set; then nothing more should be looked at
 */
int place_enter(pid_t pid, struct error *error);

/**
 * After place_enter(): tell whether a directory is there that can't be opened, so that it is not known
 * what is in it; or one that whoever has mounted it there could not remove anything from. That is not
 * opened, so that nobody lets others remove it for him. Nor is one that is served by FUSE, over a
 * network, or by an overlay above such, or does not answer in time, so that nobody has to wait for it.
 *
 * @return 0, or -1 with error set
 */
int place_check_directories(struct error *error);

/**
 * Make or move a name in POSIX_DIRECTORY between these two: that is done as the directory's owner where
 * only users of the process's user namespace may, as in what was mounted there. Of the calling thread;
 * errno stays as it is.
 */
void place_begin_naming(void);
void place_end_naming(void);

/**
 * Tell whether objects may be chosen for removal by what they are, not by their names: POSIX_DIRECTORY
 * must be a tmpfs of its own, for any other directory may hold files that are no shared memory. It is
 * also well if there is none.
 *
 * @param error  receives what it is instead
 * @return 0, or -1
 */
int place_check_removal(struct error *error);

/**
 * The prefix of a command that changes a limit of the IPC namespace that is looked at, or
 * its mounts, with a blank at the end; empty if it is the one that we were started in.
 */
const char *place_ipc_prefix(void);
const char *place_mount_prefix(void);

/** The path by which POSIX_DIRECTORY can be opened. */
const char *place_posix_directory(void);

/** The path by which POSIX_QUEUE_DIRECTORY can be opened. */
const char *place_queue_directory(void);

#endif
