/*
 * Leases, fcntl(2): opening a file that another process has leased breaks the lease.
 */
#ifndef SHMTOOL_SYSTEM_LEASE_H
#define SHMTOOL_SYSTEM_LEASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

/** The leased files of one file system. */
struct lease_list {
	ino_t *inodes;
	size_t count;
};

/**
 * Parse the text of /proc/locks.
 *
 * @param stream  read to its end
 * @param device  of the file system
 * @param leases  the leases are added to it; free with lease_free()
 */
void lease_parse(FILE *stream, dev_t device, struct lease_list *leases);

/**
 * Read the leases from /proc/locks, proc_locks(5), which lists those of this pid namespace.
 *
 * @param fd      any file or directory of the file system
 * @param leases  receives the leases; free with lease_free()
 * @return 0, or -1 with errno if they can't be read
 */
int lease_read(int fd, struct lease_list *leases);

/**
 * Take a write lease on a file. Only its owner and processes with CAP_LEASE in the initial user
 * namespace may do so. A caller that has only CAP_SETUID, such as root of a container, takes the
 * lease as the owner, setfsuid(2), which affects only the calling thread.
 *
 * @param fd  open for reading only
 * @return 0, or -1 with errno: EAGAIN if the file is in use; EACCES
 */
int lease_take(int fd);

/** Check whether a file is leased. */
bool lease_is_held(const struct lease_list *leases, ino_t inode);

void lease_free(struct lease_list *leases);

#endif
