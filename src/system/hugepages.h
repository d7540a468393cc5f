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
	uint64_t total;      /* pages in the pool, including surplus pages */
	uint64_t free;       /* pages not in use */
	uint64_t reserved;   /* free pages that are reserved for a mapping */
	bool is_default;     /* the size of SHM_HUGETLB without an explicit size */
};

/** More sizes than any architecture has. */
enum { HUGEPAGE_POOLS_MAX = 16 };

/**
 * Parse the name of a pool's directory: "hugepages-2048kB".
 *
 * @param page_bytes  receives the size of a page, at least 1024 bytes
 * @return false if it is another name
 */
bool hugepages_parse_name(const char *name, uint64_t *page_bytes);

/**
 * Read the pools, smallest pages first.
 *
 * @param pools  receives the pools
 * @return the number of pools; 0 if the kernel does not support huge pages. errno is 0, or the
 *         reason why some may be missing
 */
size_t hugepages_read(struct hugepage_pool pools[HUGEPAGE_POOLS_MAX]);

/**
 * Find the pool of a size.
 *
 * @param page_bytes  size of a page in bytes, 0 for the default size
 * @param pool        receives the pool
 * @return true if there is such a size
 */
bool hugepages_find(uint64_t page_bytes, struct hugepage_pool *pool);

/** Input of hugepages_resident(): the machine's use of huge pages and of base pages. */
struct hugepage_use {
	struct hugepage_pool pools[HUGEPAGE_POOLS_MAX];
	size_t count;
	uint64_t shmem; /* bytes of all shared memory in base pages, UINT64_MAX if unknown */
	bool any;       /* at least one huge page is in use */
};

/** Read the input of hugepages_resident(). */
void hugepages_read_use(struct hugepage_use *use);

/**
 * Compute the resident size of a segment. If it uses huge pages, recent kernels (such as 6.18)
 * multiply each huge page by the number of base pages that fit into it: the value is 512 times too
 * large for 2 MiB pages. The kernel does not report whether a segment uses huge pages, so this
 * checks which values are possible: a segment has no more pages than its size needs, and no more
 * than are in use on the machine.
 *
 * @param use       of the machine, read after the report
 * @param bytes     size of the segment
 * @param reported  bytes in memory, as reported by /proc/sysvipc/shm
 * @param resident  receives the bytes in memory
 * @param pool      receives the index of the pool in use->pools; HUGEPAGE_POOLS_MAX: base pages, or
 *                  none at all
 * @return false if more than one value is possible
 */
bool hugepages_resident(const struct hugepage_use *use, uint64_t bytes, uint64_t reported,
                        uint64_t *resident, size_t *pool);

/**
 * Report that there are no huge pages of a size, and list the available sizes.
 *
 * @param page_bytes  the requested size
 * @param status      of the error
 * @return -1, with error set
 */
int hugepages_no_such_size(uint64_t page_bytes, enum exit_status status, struct error *error);

/**
 * The flags of shmget(2) that select a huge page size: its base-2 logarithm, shifted.
 *
 * @param page_bytes  a power of two, or 0 for the default size
 */
int hugepages_shmget_flag(uint64_t page_bytes);

/**
 * Format the command that enlarges a pool.
 *
 * @param pages   new number of pages
 * @param target  receives the command
 * @param size    of target in bytes
 */
void hugepages_cure(const struct hugepage_pool *pool, uint64_t pages, char *target, size_t size);

#endif
