/*
 * The memory of the files in a tmpfs or hugetlbfs, file by file, where the kernel does not count it:
 * without a limit, statfs(2) reports nothing, and it never reports what is in swap.
 */
#ifndef SHMTOOL_SYSTEM_TMPFS_SUM_H
#define SHMTOOL_SYSTEM_TMPFS_SUM_H

#include "system/file_set.h"

#include <stdbool.h>
#include <stdint.h>

struct tmpfs_sum {
	uint64_t files;    /* files and directories, each once, without the root directory */
	uint64_t used;     /* bytes in memory and in swap */
	uint64_t resident; /* bytes in memory, if requested */
	bool is_partial;   /* some directories could not be read, or there are too many files */
	bool is_unsplit;   /* of some files, it is unknown how much is in memory */
};

/**
 * Add up the files below a directory. No symbolic link is followed and no mount is entered; see
 * beneath.h. A very large or deep tree is counted only partly.
 *
 * @param directory      a descriptor of the root directory, O_PATH suffices
 * @param with_resident  open each regular file that uses memory, to ask cachestat(2), unless a
 *                       process has a lease on it or there are too many
 * @param linked         files with several hard links that were counted before: they are omitted, and
 *                       those that are found are added. NULL: none were
 * @param sum            receives the result
 */
void tmpfs_sum_read(int directory, bool with_resident, struct file_set *linked,
                    struct tmpfs_sum *sum);

#endif
