/*
 * The target of a process's descriptor or mapping, as an object: a memfd, anonymous memory, a
 * removed object, or a file.
 */
#ifndef SHMTOOL_USAGE_HELD_H
#define SHMTOOL_USAGE_HELD_H

#include "error.h"
#include "objects/object.h"
#include "objects/ref.h"

#include <stdbool.h>

/**
 * Append the object that a REF names to a list, without opening it. An object that listings show (a
 * segment of our IPC namespace, a file that is still in POSIX_DIRECTORY) is added as in a listing;
 * for any other, object_is_held() is true.
 *
 * @param ref   REF_FD
 * @param list  the object is appended to it
 * @return 0, or -1 with error set
 */
int held_find(const struct ref *ref, struct object_list *list, struct error *error);

/** Sorts of objects that held_find() finds. */
enum held_sort {
	HELD_MEMFD,
	HELD_ANONYMOUS,
	HELD_REMOVED, /* unlinked from a tmpfs or hugetlbfs, or in one that is mounted nowhere */
	HELD_SEGMENT, /* of another IPC namespace */
	HELD_FILE,    /* any other */
};

/** The sort of an object of which object_is_held() is true. */
enum held_sort held_sort(const struct shm_object *object);

/** Check whether an object of held_find() is on one of the kernel's internal memory devices. */
bool held_is_kernel_memory(const struct shm_object *object);

/**
 * Collect the resident and swapped sizes of the objects of held_find(). If the machine has swap,
 * this opens the objects for cachestat(2). Values that are not available stay unknown.
 */
void held_collect_residency(struct object_list *list);

/**
 * Collect the resident size of one object, by cachestat(2).
 *
 * @param text    REF of it: of a descriptor or mapping
 * @param object  its inode and held_device must be set
 */
void held_count_resident(const char *text, struct shm_object *object);

#endif
