/*
 * Making an object that is to be written or mapped, if it is not there: write --create,
 * map-file --create.
 */
#ifndef SHMTOOL_MEMORY_MAKE_H
#define SHMTOOL_MEMORY_MAKE_H

#include "error.h"
#include "memory/memory.h"
#include "objects/ref.h"

#include <stdint.h>

/**
 * Make an object of zeros, with its memory reserved: a segment with the key of a REF, a POSIX
 * object, a file. What is already there is left as it is. What can't be finished is not left
 * behind.
 *
 * @param ref    a key, a POSIX object or a path: an id or a descriptor can't be chosen
 * @param bytes  size, not 0
 * @param mode   as setmode(3bsd) has it, NULL for the default: 600, of a file 666 less the umask
 * @return 1 if it was made, 0 if it was there, or -1 with error set
 */
int memory_make(const struct ref *ref, uint64_t bytes, const char *mode, struct error *error);

/**
 * Give a size to a file or POSIX object that is open for writing and empty, as one that is made
 * gets it: zeros, with memory or disk space reserved. If it has got a size meanwhile, that stays.
 *
 * @param bytes  not 0
 * @return 1 if that was done, 0 if it is not empty any more, or -1 with error set
 */
int memory_give_size(const struct memory *memory, uint64_t bytes, struct error *error);

#endif
