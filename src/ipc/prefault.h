/*
 * Pages of a shared mapping that are made ready by a second process, while the first one stores
 * into those before: a page that is new must be cleared, which takes as long as the copy into it.
 */
#ifndef SHMTOOL_IPC_PREFAULT_H
#define SHMTOOL_IPC_PREFAULT_H

#include <stdint.h>
#include <sys/types.h>

struct prefault_state;

struct prefault {
	pid_t pid; /* of the second process, 0 if there is none */
	struct prefault_state *state;
};

/**
 * Begin, if it is worth it: there is a second processor, and enough to do. MADV_POPULATE_WRITE,
 * since Linux 5.14; before that nothing is made ready.
 *
 * @param prefault  receives it, to be ended with prefault_end()
 * @param address   of shared memory that will be stored into from its beginning to its end
 * @param length    in bytes
 */
void prefault_begin(struct prefault *prefault, char *address, uint64_t length);

/**
 * Tell how far the stores have come: the second process goes only some way ahead.
 *
 * @param done  bytes
 */
void prefault_advance(struct prefault *prefault, uint64_t done);

/** End the second process. */
void prefault_end(struct prefault *prefault);

#endif
