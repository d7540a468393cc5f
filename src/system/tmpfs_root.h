/*
 * Whether a directory is a tmpfs of its own, as /dev/shm should be.
 */
#ifndef SHMTOOL_SYSTEM_TMPFS_ROOT_H
#define SHMTOOL_SYSTEM_TMPFS_ROOT_H

#include "system/mount.h"

#include <stdbool.h>

/** Size of the reason, in bytes. */
enum { TMPFS_ROOT_WHY_SIZE = 128 };

/**
 * Check whether a directory is the root of a tmpfs, or part of the tmpfs at our own /dev/shm. A
 * tmpfs that is also mounted at our /tmp or /run does not count: it holds files other than shared
 * memory.
 *
 * @param directory  a descriptor
 * @param theirs     the mounts of the process that sees it at /dev/shm
 * @param ours       our own mounts
 * @param why        receives what it is instead, to follow "/dev/shm is"
 */
bool tmpfs_root_is(int directory, const struct mount_table *theirs, const struct mount_table *ours,
                   char why[TMPFS_ROOT_WHY_SIZE]);

#endif
