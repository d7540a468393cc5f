/*
 * Leases, fcntl(2): an open of a file that somebody else has leased breaks the lease.
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

/**
 * Take a write lease on a file: only its owner and CAP_LEASE, in the first user namespace, may. A
 * caller without that capability but with CAP_SETUID takes it as the owner, setfsuid(2): root of a
 * container. Of the calling thread.
 *
 * @param fd  open for reading only
 * @return 0, or -1 with errno: EAGAIN if the file is in use; EACCES
 */
int lease_take(int fd);

/** Tell whether there is a lease on a file. */
bool lease_is_held(const struct lease_list *leases, ino_t inode);

void lease_free(struct lease_list *leases);

#endif
