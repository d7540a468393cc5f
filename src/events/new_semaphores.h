/*
 * Semaphores that are being created: sem_open(3) makes a file under a temporary name, links it to the
 * name of the semaphore, and removes the temporary one.
 */
#ifndef SHMTOOL_EVENTS_NEW_SEMAPHORES_H
#define SHMTOOL_EVENTS_NEW_SEMAPHORES_H

#include "events/file_key.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/** Check whether sem_open(3) of glibc or musl may make a file of such a name. */
bool new_semaphore_is_temporary(const char *file);

/**
 * Compute the time from which a file of such a name is not a new semaphore, if it has no other name by
 * then. Times are in nanoseconds since 1970.
 *
 * @param made     when it was made
 * @param heard    when something was last heard of it
 * @param is_open  its maker has it open: glibc closes it only after giving it its name
 */
uint64_t new_semaphore_end(uint64_t made, uint64_t heard, bool is_open);

/** The number of processes that create a semaphore at the same time, at most. */
enum { NEW_SEMAPHORES_MAX = 32 };

/** Names that were linked, while their temporary ones are not removed. All zero is empty. */
struct new_semaphores {
	struct new_semaphore {
		struct file_key name;
		ino_t inode;   /* 0: unknown */
		uint64_t time; /* nanoseconds since 1970 */
	} all[NEW_SEMAPHORES_MAX];
	size_t count;
};

/** Add a name that was linked; the oldest one is dropped if there is no room. */
void new_semaphores_add(struct new_semaphores *semaphores, const struct file_key *name, ino_t inode,
                        uint64_t time);

/**
 * Find, and remove, the semaphore whose temporary name is removed: by its inode or, if that is not
 * known, the one that was added first.
 *
 * @param time  those that were added long before are dropped
 * @param name  receives the name
 * @return false if there is none
 */
bool new_semaphores_take(struct new_semaphores *semaphores, ino_t inode, uint64_t time,
                         struct file_key *name);

#endif
