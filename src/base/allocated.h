/*
 * The memory or disk space of a file, as stat(2) reports it.
 */
#ifndef SHMTOOL_BASE_ALLOCATED_H
#define SHMTOOL_BASE_ALLOCATED_H

#include <stdint.h>
#include <sys/stat.h>

/** The bytes that are allocated to a file; of one in memory, including those in swap. */
static inline uint64_t allocated_bytes(const struct stat *st)
{
	enum { STAT_BLOCK = 512 }; /* unit of st_blocks, whatever the block size: inode(7) */

	return (uint64_t)st->st_blocks * STAT_BLOCK;
}

#endif
