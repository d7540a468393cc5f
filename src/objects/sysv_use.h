/*
 * The total use of System V objects in this IPC namespace.
 */
#ifndef SHMTOOL_OBJECTS_SYSV_USE_H
#define SHMTOOL_OBJECTS_SYSV_USE_H

#include <stdint.h>

/** The total of segments, message queues or semaphore sets. */
struct sysv_use {
	uint64_t objects;
	uint64_t amount; /* pages of all segments, bytes of all messages, semaphores of all sets */
};

/**
 * Read the total of segments: SHM_INFO of shmctl(2), or the sum of /proc/sysvipc/shm if that is
 * denied; likewise of queues and sets, with msgctl(2) and semctl(2).
 *
 * @return 0, or -1 with errno
 */
int sysv_use_of_segments(struct sysv_use *use);
int sysv_use_of_queues(struct sysv_use *use);
int sysv_use_of_sets(struct sysv_use *use);

#endif
