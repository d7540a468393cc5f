/*
 * Paths into a tmpfs or hugetlbfs, in the current place of system/place.h.
 *
 * Other users may write there, and may prepare the way: so the mount is found by the list of
 * mounts, before anything is opened; a way through a file system that is served by a program, as
 * FUSE is, is not taken; and below the mount point, no part of a path may be a symbolic link or have
 * something mounted on it, see system/beneath.h.
 */
#ifndef SHMTOOL_SYSTEM_MEMORY_PATH_H
#define SHMTOOL_SYSTEM_MEMORY_PATH_H

#include "error.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

struct memory_path {
	char path[PATH_MAX]; /* absolute, without "." and doubled slashes */
	size_t point;        /* length of the mount point in it; 0: the root directory */
	int directory;       /* of the mount point, O_PATH; closed by the caller; -1 on failure */
	bool is_posix;       /* the mount point is POSIX_DIRECTORY, whatever its file system */
};

/**
 * The part of a path below its mount point, for beneath_open_directory(): without a leading slash;
 * empty for the mount point itself.
 */
const char *memory_path_rest(const struct memory_path *path);

/**
 * Find the mount that a path is in, and open its mount point.
 *
 * @param text   absolute, or relative to the current directory, which is possible only in our own
 *               place. Symbolic links of root, where no other user can put one, are followed there:
 *               /var/run, /dev/fd
 * @param found  receives the result
 * @return 0, or -1 with error set, its number ENOTSUP if the path is not in a tmpfs or hugetlbfs,
 *         or has ".."
 */
int memory_path_find(const char *text, struct memory_path *found, struct error *error);

#endif
