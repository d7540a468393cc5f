/*
 * Faulting pages in before they are used. Pages of a new mapping: all at once. Pages of a shared
 * mapping: by a second process, while the first one stores into the preceding pages. Clearing a new
 * page takes as long as the copy into it.
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
 * Begin, if that pays off: if there is a second processor and enough data. Needs
 * MADV_POPULATE_WRITE, since Linux 5.14; on older kernels this does nothing.
 *
 * @param prefault  receives it, to be ended with prefault_end()
 * @param address   of shared memory that will be written from its start to its end
 * @param length    in bytes
 */
void prefault_begin(struct prefault *prefault, char *address, uint64_t length);

/**
 * Report the progress of the stores: the second process stays only a limited distance ahead.
 *
 * @param done  bytes
 */
void prefault_advance(struct prefault *prefault, uint64_t done);

/** End the second process. */
void prefault_end(struct prefault *prefault);

/**
 * Fault in all pages of new memory before they are used: MADV_POPULATE_WRITE, since Linux 5.14, see
 * madvise(2); on older kernels, read zeros into it. Neither raises SIGBUS.
 *
 * @param address  of a mapping that has not been written yet, page-aligned
 * @param length   in bytes
 * @return 0, or -1 with errno: ENOMEM, or EFAULT where an access would raise SIGBUS
 */
int pages_populate_new(void *address, size_t length);

#endif
