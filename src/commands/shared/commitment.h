/*
 * Over-commitment: sparse objects promise memory that they do not have yet. Writing to one that can't
 * be filled ends the writer with SIGBUS, or makes the kernel kill processes.
 */
#ifndef SHMTOOL_COMMANDS_SHARED_COMMITMENT_H
#define SHMTOOL_COMMANDS_SHARED_COMMITMENT_H

#include "objects/kind.h"
#include "objects/object.h"

#include <stddef.h>
#include <stdint.h>

/** The memory that the objects of a list lack; initially all zero. */
struct commitment {
	uint64_t missing;        /* bytes that filling all objects would take */
	size_t unknown;          /* objects about whose memory nothing is known */
	uint64_t most;           /* bytes that filling one object would take, at most */
	char ref[REF_TEXT_SIZE]; /* of that object */
};

/**
 * Add up what the segments or POSIX objects of a list lack. A file with several names counts once;
 * reserved huge pages are not missing.
 *
 * @param list  of one kind, KIND_SHM with NEED_USED collected, or KIND_PSHM
 */
void commitment_read(struct commitment *commitment, const struct object_list *list);

#endif
