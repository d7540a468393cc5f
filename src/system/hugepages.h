/*
 * Pools of huge pages: Documentation/admin-guide/mm/hugetlbpage.rst of the kernel.
 */
#ifndef SHMTOOL_SYSTEM_HUGEPAGES_H
#define SHMTOOL_SYSTEM_HUGEPAGES_H

#include "error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The pages of one size. */
struct hugepage_pool {
	uint64_t page_bytes; /* size of a page */
	uint64_t total;      /* pages in the pool, surplus ones too */
	uint64_t free;       /* pages not in use */
	uint64_t reserved;   /* of the free ones, promised to somebody */
	bool is_default;     /* the size that SHM_HUGETLB means without a size */
};

/** More sizes than any architecture has. */
enum { HUGEPAGE_POOLS_MAX = 16 };

/**
 * Read the pools, smallest pages first.
 *
 * @param pools  receives them
 * @return how many there are; 0 if the kernel has no huge pages. errno tells why some may be missing; 0:
 *         none is
 */
size_t hugepages_read(struct hugepage_pool pools[HUGEPAGE_POOLS_MAX]);

/**
 * Find the pool of a size.
 *
 * @param page_bytes  size of a page in bytes, 0 for the default size
 * @param pool        receives it
 * @return true if there is such a size
 */
bool hugepages_find(uint64_t page_bytes, struct hugepage_pool *pool);

/** Read by hugepages_resident(): what the machine has in huge pages and in small ones. */
struct hugepage_use {
	struct hugepage_pool pools[HUGEPAGE_POOLS_MAX];
	size_t count;
	uint64_t shmem; /* bytes of all shared memory in small pages, UINT64_MAX if not known */
	bool any;       /* huge page is in use */
};

/** Read what hugepages_resident() needs. */
void hugepages_read_use(struct hugepage_use *use);

/**
 * Work out how much of a segment is in memory. Where it lies in huge pages, newer kernels (6.18 does)
 * report for each of them as many huge pages as small ones would fit into it: 512 times too much for
 * 2 MiB. Nothing says whether a segment lies in huge pages, so this looks at what is possible: a segment
 * has no more pages than its size needs, and not more than are in use on the machine.
 *
 * @param use       of the machine, read after the report
 * @param bytes     size of the segment
 * @param reported  bytes in memory as /proc/sysvipc/shm has them
 * @param resident  receives the bytes in memory
 * @return false if more than one number of bytes is possible
 */
bool hugepages_resident(const struct hugepage_use *use, uint64_t bytes, uint64_t reported,
                        uint64_t *resident);

/**
 * Say that there are no huge pages of a size, and which there are.
 *
 * @param page_bytes  size that was asked for
 * @param status      of the error
 * @return -1, with error set
 */
int hugepages_no_such_size(uint64_t page_bytes, enum exit_status status, struct error *error);

/**
 * The flags of shmget(2) that choose a size of huge pages: its logarithm, shifted.
 *
 * @param page_bytes  a power of two, or 0 for the default size
 */
int hugepages_shmget_flag(uint64_t page_bytes);

/**
 * Write the command that makes a pool larger.
 *
 * @param pool    of the pages
 * @param pages   how many there should be
 * @param target  receives the command
 * @param size    of target in bytes
 */
void hugepages_cure(const struct hugepage_pool *pool, uint64_t pages, char *target, size_t size);

#endif
