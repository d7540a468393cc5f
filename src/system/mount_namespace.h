/*
 * The file systems in memory of a mount namespace that no process is in: mount_namespaces(7). A
 * descriptor of it keeps it, and all that is mounted there.
 */
#ifndef SHMTOOL_SYSTEM_MOUNT_NAMESPACE_H
#define SHMTOOL_SYSTEM_MOUNT_NAMESPACE_H

#include "system/mounted.h"

#include <stddef.h>

enum { MOUNT_NAMESPACE_MAX = 64 };

/** File systems of a namespace; those beyond the maximum are left out. */
struct mount_namespace {
	struct mounted found[MOUNT_NAMESPACE_MAX];
	size_t count;
};

/**
 * Read them. A child process enters the namespace, setns(2), since only there their use can be
 * read; it has a deadline, because the mounts may be those of another user.
 *
 * @param path       of a descriptor of the namespace, such as /proc/4242/fd/5
 * @param namespace  receives the file systems
 * @return 0, or -1 with errno: EPERM without CAP_SYS_ADMIN and CAP_SYS_CHROOT
 */
int mount_namespace_read(const char *path, struct mount_namespace *namespace);

#endif
