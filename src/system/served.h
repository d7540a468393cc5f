/*
 * File systems that are served by another program or another machine: FUSE, NFS and their like. Whoever
 * looks at one waits for an answer, which may never come, and can't be killed meanwhile.
 */
#ifndef SHMTOOL_SYSTEM_SERVED_H
#define SHMTOOL_SYSTEM_SERVED_H

#include "system/mount.h"

#include <stdbool.h>

/**
 * Tell by its type whether a mounted file system is known to be served, or is an overlay that is not
 * known to be above local file systems only. Nothing that is mounted is opened.
 *
 * @param table   the mounts that one sees who sees this one, for the layers of an overlay
 * @param mount   of it
 * @param is_ours whether these mounts were made by users of our own user namespace; those of others
 *                may have hidden what the layers are
 */
bool mount_is_served(const struct mount_table *table, const struct mount *mount, bool is_ours);

/**
 * Tell whether a file system answers by itself.
 *
 * @param type  f_type of statfs(2)
 */
bool file_system_is_local(long type);

#endif
