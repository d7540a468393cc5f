/*
 * Mapping objects into this process's address space: mmap(2) for a file, shmat(2) for a segment.
 */
#ifndef SHMTOOL_MEMORY_MAPPING_H
#define SHMTOOL_MEMORY_MAPPING_H

#include "error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mapping_request {
	uint64_t offset;     /* in the file, in bytes, a multiple of its page size */
	uint64_t length;     /* bytes, at least 1; for a segment its size */
	uint64_t page_bytes; /* size of its pages */
	int protection;      /* PROT_READ | ...; only PROT_WRITE matters for a segment */
	bool is_private;     /* MAP_PRIVATE: stores are not shared */
	bool at_given;
	uintptr_t at; /* the requested address */
	bool round;   /* segments only: SHM_RND, at is rounded down to a multiple of SHMLBA */
	bool replace; /* segments only: SHM_REMAP, replaces what is mapped at that address */
};

struct mapping {
	char *address;   /* NULL if there is none */
	uint64_t length; /* bytes, as requested */
	uint64_t page_bytes;
	bool is_segment;
};

/** Round a size up to whole pages. */
uint64_t mapping_round_up(uint64_t bytes, uint64_t page_bytes);

/**
 * Map a part of a file. A requested address never replaces another mapping: MAP_FIXED_NOREPLACE,
 * since Linux 4.17.
 *
 * @param fd       of the file, opened with the access that the protection requires
 * @param mapping  receives the mapping, to be ended with mapping_end()

 * @return 0, or -1 with error set: a sentence for every errno of mmap(2)
 */
int mapping_of_file(int fd, const struct mapping_request *request, struct mapping *mapping,
                    struct error *error);

/**
 * Attach a segment.
 *
 * @return 0, or -1 with errno and error set: a sentence for every errno of shmat(2)
 */
int mapping_of_segment(int id, const struct mapping_request *request, struct mapping *mapping,
                       struct error *error);

/**
 * Bring all pages of a mapping into memory: MADV_POPULATE_READ or _WRITE, since Linux 5.14, else
 * touch each page. This allocates memory for the holes of memory objects.
 *
 * @param write  for writing
 * @return 0, or -1 with error set, which names the first page that is not available
 */
int mapping_populate(const struct mapping *mapping, bool write, struct error *error);

/**
 * Fault in all pages of new memory before they are used: MADV_POPULATE_WRITE, since Linux 5.14, see
 * madvise(2); on older kernels, read zeros into it. Neither raises SIGBUS.
 *
 * @param address  of a mapping that has not been written yet, page-aligned
 * @param length   in bytes
 * @return 0, or -1 with errno: ENOMEM, or EFAULT where an access would raise SIGBUS
 */
int mapping_populate_new(void *address, size_t length);

/**
 * Bring the pages of a part into memory, as a hint: one call is cheaper than a fault per page. The
 * content does not change, and failures are ignored.
 *
 * @param address  anywhere in a mapping
 * @param length   in bytes
 * @param write    for writing
 */
void mapping_expect(char *address, uint64_t length, bool write);

/**
 * Lock a mapping in memory, mlock(2), until it ends.
 *
 * @return 0, or -1 with error set: a sentence for every errno
 */
int mapping_lock(const struct mapping *mapping, struct error *error);

/**
 * Write stored data back, msync(2).
 *
 * @param async  only start the write-back
 * @return 0, or -1 with error set: a sentence for every errno
 */
int mapping_sync(const struct mapping *mapping, bool async, struct error *error);

/** The number of pages of a mapping. */
uint64_t mapping_pages(const struct mapping *mapping);

/** Unmap or detach. */
void mapping_end(struct mapping *mapping);

#endif
