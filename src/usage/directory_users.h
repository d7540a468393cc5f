/*
 * Processes that use a directory: as their working or root directory, or by a descriptor.
 */
#ifndef SHMTOOL_USAGE_DIRECTORY_USERS_H
#define SHMTOOL_USAGE_DIRECTORY_USERS_H

#include "system/process.h"

#include <stddef.h>
#include <sys/types.h>

/** A directory, and a process that uses it. */
struct directory_use {
	dev_t device;
	ino_t inode;
	pid_t pid; /* 0: no process is seen to use it */
	char command[COMMAND_SIZE];
};

/**
 * Find the users of directories, in one pass over /proc. Processes that can't be inspected are
 * skipped: what is found is a reason to keep a directory, not a proof that there is none.
 *
 * @param uses   sorted here by device and inode
 * @param count  of uses
 */
void directory_users_find(struct directory_use *uses, size_t count);

/** Find a directory among sorted uses, or NULL. */
const struct directory_use *directory_users_of(const struct directory_use *uses, size_t count,
                                               dev_t device, ino_t inode);

#endif
