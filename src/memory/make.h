/*
 * Creating a missing object before it is written or mapped: write --create, map-file --create.
 */
#ifndef SHMTOOL_MEMORY_MAKE_H
#define SHMTOOL_MEMORY_MAKE_H

#include "error.h"
#include "memory/memory.h"
#include "objects/ref.h"

#include <stdint.h>

/** An object that memory_make() has created, as long as it may have to be removed again. */
struct memory_made {
	int id;                     /* of a segment, or -1 */
	struct beneath beneath;     /* the directory of a file; its descriptor is -1 for others */
	char file[POSIX_FILE_SIZE]; /* its name there */
};

/** Nothing was created. */
#define MEMORY_MADE_NOTHING                                                                        \
	{                                                                                          \
		.id = -1, .beneath.directory = -1                                                  \
	}

/**
 * Create an object filled with zeros, with its memory reserved, and open it for writing as
 * memory_open() does: a segment with the key of a REF, a POSIX object, a file. An existing object is
 * left unchanged, and not opened. On failure nothing is left behind.
 *
 * @param ref     a key, a POSIX object or a path: ids and descriptors cannot be chosen
 * @param bytes   size, at least 1
 * @param mode    in the syntax of setmode(3bsd), NULL for the default: 600, for a file 666 less the
 *                umask
 * @param memory  receives the object if it was created
 * @param made    initially MEMORY_MADE_NOTHING; receives what was created, to be ended with
 *                memory_made_keep() or memory_made_remove()
 * @return 1 if it was created, 0 if it existed, or -1 with error set
 */
int memory_make(const struct ref *ref, uint64_t bytes, const char *mode, struct memory *memory,
                struct memory_made *made, struct error *error);

/** Keep what was created, if anything was. errno is preserved. */
void memory_made_keep(struct memory_made *made);

/**
 * Remove what was created, if anything was, after a later step has failed. It is kept if another process
 * has stored anything but zeros into it, and so is a different object that has been given its name since.
 *
 * @param memory  the object, still open
 * @param error   the failure; the sentence also reports the removal
 */
void memory_made_remove(struct memory_made *made, struct memory *memory, struct error *error);

/**
 * Give a size to an empty file or POSIX object that is open for writing, as on creation: zeros,
 * with memory or disk space reserved. If the object is no longer empty, its size is kept.
 *
 * @param memory  receives the size
 * @param bytes   at least 1
 * @return 1 if the size was set, 0 if the object is no longer empty, or -1 with error set
 */
int memory_give_size(struct memory *memory, uint64_t bytes, struct error *error);

#endif
