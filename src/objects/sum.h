/*
 * Sums over files: a file with several hard links counts once.
 */
#ifndef SHMTOOL_OBJECTS_SUM_H
#define SHMTOOL_OBJECTS_SUM_H

#include "objects/object.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct summed_file;

/** A sum; initially all zero. The numbers are valid after object_sum_end(). */
struct object_sum {
	uint64_t files;             /* inodes, and objects that are not files */
	uint64_t bytes;             /* sizes, at most UINT64_MAX */
	uint64_t used;              /* bytes in memory and in swap */
	struct summed_file *linked; /* files with several hard links */
	size_t linked_count;
};

/** Add an object. */
void object_sum_add(struct object_sum *sum, const struct shm_object *object);

/**
 * Add a file that is not an object.
 *
 * @param inode      of it, in the file system of POSIX_DIRECTORY
 * @param is_linked  whether it has several hard links
 * @param bytes      size
 * @param used       bytes in memory and in swap
 */
void object_sum_add_file(struct object_sum *sum, ino_t inode, bool is_linked, uint64_t bytes,
                         uint64_t used);

/** Add the numbers of another sum, but not its files with several hard links. */
void object_sum_merge(struct object_sum *sum, const struct object_sum *other);

/** Count the files with several hard links, and release memory. */
void object_sum_end(struct object_sum *sum);

#endif
