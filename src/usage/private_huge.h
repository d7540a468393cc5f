/*
 * Private mappings of huge pages: MAP_PRIVATE | MAP_HUGETLB of mmap(2), and private mappings of
 * files in a hugetlbfs. Their pages belong to processes and to no file.
 */
#ifndef SHMTOOL_USAGE_PRIVATE_HUGE_H
#define SHMTOOL_USAGE_PRIVATE_HUGE_H

#include "system/hugepages.h"
#include "system/tmpfs_list.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct private_huge {
	uint64_t pages[HUGEPAGE_POOLS_MAX];    /* of each pool */
	uint64_t mappings[HUGEPAGE_POOLS_MAX]; /* that have any */
};

/**
 * Count the private huge pages of all processes, by /proc/PID/pagemap, proc_pid_pagemap(5). A page
 * that processes share after fork(2) counts once; unprivileged callers can't recognize it and count
 * it for each process. Processes that can't be inspected are left out.
 *
 * @param pools    from hugepages_read()
 * @param count    of pools
 * @param mounts   to recognize the files of a hugetlbfs
 * @param private  receives the result
 */
void private_huge_find(const struct hugepage_pool *pools, size_t count,
                       const struct tmpfs_list *mounts, struct private_huge *private);

#endif
