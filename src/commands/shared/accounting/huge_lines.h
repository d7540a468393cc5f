/*
 * Lines of huge pages, other than those of memory without a name (held_lines.h).
 */
#ifndef SHMTOOL_COMMANDS_SHARED_ACCOUNTING_HUGE_LINES_H
#define SHMTOOL_COMMANDS_SHARED_ACCOUNTING_HUGE_LINES_H

#include "commands/shared/accounting/lines.h"
#include "objects/segment.h"
#include "system/tmpfs_list.h"

/**
 * Add the lines of the files in each hugetlbfs, and of private mappings. Does nothing if no huge
 * page is in use.
 */
void usage_huge_lines_add(struct usage_lines *lines, const struct tmpfs_list *mounts);

/**
 * Add a line for each page size that System V segments use.
 *
 * @param segments  their memory in each pool of hugepages_read(), in all IPC namespaces
 */
void usage_huge_segments_add(struct usage_lines *lines,
                             const struct sysv_huge_memory segments[HUGEPAGE_POOLS_MAX]);

#endif
