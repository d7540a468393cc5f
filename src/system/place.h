/*
 * The place whose objects the program works on: its own, or that of another process, which may have
 * its own IPC namespace and its own /dev/shm, as in a container. See ipc_namespaces(7).
 */
#ifndef SHMTOOL_SYSTEM_PLACE_H
#define SHMTOOL_SYSTEM_PLACE_H

#include "error.h"

#include <stdbool.h>
#include <sys/types.h>

/** The directory of POSIX objects: shm_overview(7). */
#define POSIX_DIRECTORY "/dev/shm"

/** The mount point of the file system of message queues: mq_overview(7). */
#define POSIX_QUEUE_DIRECTORY "/dev/mqueue"

/**
 * Enter the place of another process: its IPC namespace, and the directories of POSIX objects below
 * its root directory. Everything else stays ours: user names, files, /proc. Symbolic links below
 * that root can't lead outside it. If the process has no such directory, there are no objects.
 *
 * The caller must be single-threaded, and be root or the owner of the user namespace of the
 * process.
 *
 * @return 0, or -1 with error set; on failure the program must not continue
 */
int place_enter(pid_t pid, struct error *error);

/**
 * Enter only the IPC namespace of a process, by which nothing of its files is touched. The caller
 * must be single-threaded.
 *
 * @param inode  of the namespace
 * @return 0, or -1 with errno: ESRCH if the process is not in this namespace
 */
int place_enter_ipc(pid_t pid, ino_t inode);

/**
 * After place_enter(): check that both directories could be opened, if they exist. place_enter()
 * does not open a directory owned by a user who is not mapped in the user namespace of the process:
 * it may be mounted there to make the program remove files that the process could not remove
 * itself. Nor does it open a directory served by FUSE or over a network, or by an overlay above
 * one, or one that does not answer in time, so that the program does not hang.
 *
 * @return 0, or -1 with error set
 */
int place_check_directories(struct error *error);

/**
 * Creating or renaming a file in POSIX_DIRECTORY goes between these two. If only users of the
 * process's user namespace may do that, as on a tmpfs that was mounted there, they switch the file
 * system user of the calling thread to the owner of the directory. errno is preserved.
 */
void place_begin_naming(void);
void place_end_naming(void);

/**
 * Check whether a filter may select objects for removal: POSIX_DIRECTORY must be a tmpfs of its own
 * or not exist, since any other directory may hold files that are not shared memory.
 *
 * @param error  describes what the directory is instead
 * @return 0, or -1
 */
int place_check_removal(struct error *error);

/**
 * The prefix, with a trailing blank, of a command that changes a limit of the current place's IPC
 * namespace, or its mounts; empty in our own place.
 */
const char *place_ipc_prefix(void);
const char *place_mount_prefix(void);

/** Descriptor of /proc/PID of the process whose place it is, O_PATH; -1 for our own place. */
int place_process(void);

/** Descriptor of the root directory of that process, O_PATH; -1 for our own place. */
int place_root(void);

/**
 * Whether the place may hold a directory of a user: in a user namespace of its own, any user can
 * mount a visible directory of others anywhere.
 *
 * @param owner  as reported by stat(2)
 */
bool place_trusts(uid_t owner);

/** The path of the current place's POSIX_DIRECTORY. */
const char *place_posix_directory(void);

/** The path of the current place's POSIX_QUEUE_DIRECTORY. */
const char *place_queue_directory(void);

#endif
