/*
 * Memory that no directory lists: memfds, memfd_create(2); anonymous shared mappings, mmap(2);
 * files of a tmpfs or hugetlbfs that were unlinked while in use; and tmpfs that no process has
 * mounted any more. It uses memory all the same, and is freed with its last user.
 *
 * The search reads the mounts, the descriptors and the mappings of all processes once, with the
 * same limits as users_scan(). Nothing is attached, opened or locked.
 */
#ifndef SHMTOOL_USAGE_UNNAMED_H
#define SHMTOOL_USAGE_UNNAMED_H

#include "error.h"
#include "usage/scan.h"
#include "usage/unnamed_object.h"

#include <stddef.h>

/**
 * Find all memory that no directory lists.
 *
 * @param list   receives the objects; free with unnamed_free(), also on failure
 * @param error  set on failure: no /proc, too few descriptors
 * @return 0, or -1
 */
int unnamed_find(struct unnamed_list *list, struct error *error);

void unnamed_free(struct unnamed_list *list);

/**
 * Collect the resident and swapped sizes: object.resident is known where KNOWN_RESIDENCY is set,
 * and the rest of object.used is in swap. If the machine has swap, this opens the objects for
 * cachestat(2).
 */
void unnamed_collect_residency(struct unnamed_list *list);

/**
 * Add the users of the rest of a file system: processes that have a file or directory of it open or
 * mapped, or as their working or root directory.
 *
 * @param object  its is_rest must be set
 * @param target  index for the rows
 * @param users   receives the rows at its end: users_sort() restores its order
 */
void unnamed_add_holders(const struct unnamed_list *list, const struct unnamed_object *object,
                         size_t target, struct users_list *users);

#endif
