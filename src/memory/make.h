/*
 * Creating a missing object before it is written or mapped: write --create, map-file --create.
 */
#ifndef SHMTOOL_MEMORY_MAKE_H
#define SHMTOOL_MEMORY_MAKE_H

#include "error.h"
#include "memory/memory.h"
#include "objects/ref.h"

#include <stdint.h>

/**
 * Create an object filled with zeros, with its memory reserved: a segment with the key of a REF, a
 * POSIX object, a file. An existing object is left unchanged. On failure nothing is left behind.
 *
 * @param ref    a key, a POSIX object or a path: ids and descriptors cannot be chosen
 * @param bytes  size, at least 1
 * @param mode   in the syntax of setmode(3bsd), NULL for the default: 600, for a file 666 less the
 *               umask
 * @return 1 if it was created, 0 if it existed, or -1 with error set
 */
int memory_make(const struct ref *ref, uint64_t bytes, const char *mode, struct error *error);

/**
 * Give a size to an empty file or POSIX object that is open for writing, as on creation: zeros,
 * with memory or disk space reserved. If the object is no longer empty, its size is kept.
 *
 * @param bytes  at least 1
 * @return 1 if the size was set, 0 if the object is no longer empty, or -1 with error set
 */
int memory_give_size(const struct memory *memory, uint64_t bytes, struct error *error);

#endif
