/*
 * File systems that are served by another program or another machine, such as FUSE and NFS. A
 * process that accesses one blocks until the server answers, which may be never, and can't be
 * killed meanwhile.
 */
#ifndef SHMTOOL_SYSTEM_SERVED_H
#define SHMTOOL_SYSTEM_SERVED_H

#include "system/mount.h"

#include <stdbool.h>

/**
 * Check by type whether a mounted file system is served, or is an overlay whose layers are not
 * known to be all local. Nothing is opened.
 *
 * @param table    the mount table that contains the mount, to look up the layers of an overlay
 * @param mount    the mount to check
 * @param is_ours  whether the mounts were made by users of our own user namespace; others may have
 *                 disguised the layers
 */
bool mount_is_served(const struct mount_table *table, const struct mount *mount, bool is_ours);

/**
 * Check whether a file system needs no server.
 *
 * @param type  f_type of statfs(2)
 */
bool file_system_is_local(long type);

#endif
