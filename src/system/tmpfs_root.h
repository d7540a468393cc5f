/*
 * Whether a directory is what /dev/shm is meant to be: a tmpfs of its own.
 */
#ifndef SHMTOOL_SYSTEM_TMPFS_ROOT_H
#define SHMTOOL_SYSTEM_TMPFS_ROOT_H

#include "system/mount.h"

#include <stdbool.h>

/** Room for a reason, in bytes. */
enum { TMPFS_ROOT_WHY_SIZE = 128 };

/**
 * Tell whether a directory is the root of a tmpfs that is mounted there, or a part of the tmpfs at our
 * own /dev/shm. One that is also our /tmp or /run is not: it has files of others than shared memory.
 *
 * @param directory  a descriptor
 * @param theirs     the mounts of who sees it at /dev/shm
 * @param ours       our own mounts
 * @param why        receives what it is instead, to follow "/dev/shm is"
 */
bool tmpfs_root_is(int directory, const struct mount_table *theirs, const struct mount_table *ours,
                   char why[TMPFS_ROOT_WHY_SIZE]);

#endif
