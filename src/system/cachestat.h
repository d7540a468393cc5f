/*
 * How much of a file in memory is really in memory.
 */
#ifndef SHMTOOL_SYSTEM_CACHESTAT_H
#define SHMTOOL_SYSTEM_CACHESTAT_H

#include <stdbool.h>
#include <stdint.h>

/**
 * Count the bytes of a tmpfs file that are in memory and not in swap, by cachestat(2), since
 * Linux 6.5.
 *
 * @param fd        of the file, open for reading
 * @param resident  receives the bytes in memory
 * @return 0, or -1 with errno: ENOSYS if it can't be told on this kernel, EPERM
 */
int cachestat_resident(int fd, uint64_t *resident);

/** Tell whether the machine has no swap, so that all that a tmpfs file takes is in memory. */
bool cachestat_lacks_swap(void);

/** Pages of a part of a file. */
struct cached_pages {
	uint64_t cached; /* in memory */
	uint64_t dirty;  /* of these, not written back to the disk yet; 0 for a file in memory */
};

/**
 * Count the pages of a part of a file by cachestat(2), since Linux 6.5.
 *
 * @param offset  in bytes
 * @param length  in bytes, not 0
 * @return 0, or -1 with errno: ENOSYS on older kernels, EPERM for a file that is neither the
 *         caller's nor writable for him, EOPNOTSUPP for huge pages
 */
int cachestat_count(int fd, uint64_t offset, uint64_t length, struct cached_pages *pages);

#endif
