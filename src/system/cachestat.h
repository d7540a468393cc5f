/*
 * The resident pages of a file, by cachestat(2).
 */
#ifndef SHMTOOL_SYSTEM_CACHESTAT_H
#define SHMTOOL_SYSTEM_CACHESTAT_H

#include <stdbool.h>
#include <stdint.h>

/**
 * Count the bytes of a tmpfs file that are in memory rather than in swap, by cachestat(2), since
 * Linux 6.5.
 *
 * @param fd        the file, open for reading
 * @param resident  receives the bytes in memory
 * @return 0, or -1 with errno: ENOSYS on older kernels, EPERM
 */
int cachestat_resident(int fd, uint64_t *resident);

/** Check whether the machine has no swap, so that tmpfs files are entirely in memory. */
bool cachestat_lacks_swap(void);

/** Pages of a part of a file. */
struct cached_pages {
	uint64_t cached;    /* in memory */
	uint64_t dirty;     /* the subset not yet written back to disk; 0 for a file in memory */
	uint64_t writeback; /* the subset being written back; 0 for a file in memory */
	uint64_t evicted;   /* not in memory, but the kernel remembers that they were */
	uint64_t recent;    /* the subset whose return would show a shortage of memory */
};

/**
 * Count the pages of a part of a file by cachestat(2), since Linux 6.5.
 *
 * @param offset  in bytes
 * @param length  in bytes, not 0
 * @return 0, or -1 with errno: ENOSYS on older kernels, EPERM for a file that the caller neither
 *         owns nor can write, EOPNOTSUPP for huge pages
 */
int cachestat_count(int fd, uint64_t offset, uint64_t length, struct cached_pages *pages);

#endif
