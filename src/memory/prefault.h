/*
 * Pages that are in place before they are used. Those of a new mapping: at once. Those of a shared
 * mapping: by a second process, while the first one stores into the pages before them; a new page
 * must be cleared, which takes as long as the copy into it.
 */
#ifndef SHMTOOL_MEMORY_PREFAULT_H
#define SHMTOOL_MEMORY_PREFAULT_H

#include <stddef.h>
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

/**
 * Have all pages of new memory in place before they are used: MADV_POPULATE_WRITE, since Linux
 * 5.14, see madvise(2); before that, zeros are read into it. Neither raises SIGBUS.
 *
 * @param address  of a mapping that nobody has written to yet, page-aligned
 * @param length   in bytes
 * @return 0, or -1 with errno: ENOMEM, or EFAULT where a touch would raise SIGBUS
 */
int pages_populate_new(void *address, size_t length);

#endif
