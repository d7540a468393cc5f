/*
 * Making an object that is to be written or mapped, if it is not there: write --create,
 * map-file --create.
 */
#ifndef SHMTOOL_MEMORY_MAKE_H
#define SHMTOOL_MEMORY_MAKE_H

#include "error.h"
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

#endif
