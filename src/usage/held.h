/*
 * The target of a process's descriptor or mapping, as an object: a memfd, memory without a
 * name, an object that was removed, a file.
 */
#ifndef SHMTOOL_USAGE_HELD_H
#define SHMTOOL_USAGE_HELD_H

#include "error.h"
#include "objects/object.h"
#include "objects/ref.h"

#include <stdbool.h>

/**
 * Add what a REF names to a list. If that has a name in a listing, it is the object of that name: a
 * segment of our IPC namespace, a file that is still in POSIX_DIRECTORY. Else object_is_held() is
 * true of it. It is not opened.
 *
 * @param ref   REF_FD
 * @param list  it is added to it
 * @return 0, or -1 with error set
 */
int held_find(const struct ref *ref, struct object_list *list, struct error *error);

/** Tell whether an object of held_find() lies where the kernel has memory without names. */
bool held_is_kernel_memory(const struct shm_object *object);

/**
 * Collect what is in memory and what in swap, for the objects of held_find(). Where the machine has swap,
 * they are opened for it, cachestat(2). What can't be had stays unknown.
 */
void held_collect_residency(struct object_list *list);

#endif
