/*
 * Leases that somebody holds, fcntl(2): an open of such a file would break the lease.
 */
#ifndef SHMTOOL_SYSTEM_LEASE_H
#define SHMTOOL_SYSTEM_LEASE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/** The files of one file system on which there is a lease. */
struct lease_list {
	ino_t *inodes;
	size_t count;
};

/**
 * Read the leases from /proc/locks, proc_locks(5), which has those of this pid namespace.
 *
 * @param fd      of any file or directory of the file system
 * @param leases  receives them, to be freed with lease_free()
 * @return 0, or -1 with errno if they can't be read
 */
int lease_read(int fd, struct lease_list *leases);

/** Tell whether there is a lease on a file. */
bool lease_is_held(const struct lease_list *leases, ino_t inode);

void lease_free(struct lease_list *leases);

#endif
