/*
 * The paths that the callers of makers.h name, read from their memory.
 */
#ifndef SHMTOOL_EVENTS_MAKERS_PATH_H
#define SHMTOOL_EVENTS_MAKERS_PATH_H

#include "objects/posix_files.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/** Our own view of files and objects, to compare others with. */
struct own_view {
	char mounts[64];   /* the link /proc/self/ns/mnt */
	char messages[64]; /* the link /proc/self/ns/ipc */
};

/** Read our view from /proc. Returns 0, or -1 and sets errno if it is unknown, as without /proc. */
int own_view_read(struct own_view *view);

/** Check whether a thread has our IPC namespace. False if that is unknown. */
bool own_view_has_objects(const struct own_view *view, pid_t thread);

/** Check whether paths lead a thread to the same files as us. False if that is unknown. */
bool own_view_has_paths(const struct own_view *view, pid_t thread);

/**
 * Read memory of a thread.
 *
 * @return whether all of it could be read
 */
bool thread_read(pid_t thread, uint64_t address, void *target, size_t size);

/** Read a string, truncated to size - 1 bytes. Returns false if it can't be read. */
bool thread_read_text(pid_t thread, uint64_t address, char *target, size_t size);

/** Check whether a thread has exited, or waits in a system call with another number. */
bool thread_has_left(pid_t thread, int number);

/**
 * Find the file in a directory that a path names: "/dev/shm/NAME", or a relative path whose starting
 * point is the directory. The path is compared as text, so that nothing is accessed that the thread
 * may have mounted. A path that leads there by other ways is not recognised.
 *
 * @param directory  its absolute path
 * @param start      descriptor of the thread, or AT_FDCWD
 * @param path       the path
 * @return the name, a part of path; NULL if it names nothing in the directory
 */
const char *thread_file_in(pid_t thread, const char *directory, int start, const char *path);

#endif
