/*
 * Memory of others in this process's address space: mmap(2) of a file, shmat(2) of a segment.
 */
#ifndef SHMTOOL_MEMORY_MAPPING_H
#define SHMTOOL_MEMORY_MAPPING_H

#include "error.h"

#include <stdbool.h>
#include <stdint.h>

struct mapping_request {
	uint64_t offset;     /* in the file, in bytes, a multiple of its page size */
	uint64_t length;     /* bytes, not 0; of a segment its size */
	uint64_t page_bytes; /* size of its pages */
	int protection;      /* PROT_READ | ...; of a segment PROT_WRITE or not */
	bool is_private;     /* MAP_PRIVATE: stores stay in this process */
	bool at_given;
	uintptr_t at; /* the address that is wanted */
	bool round;   /* of a segment: SHM_RND, at is rounded down to a multiple of SHMLBA */
	bool replace; /* of a segment: SHM_REMAP, what is mapped at that address gives way */
};

struct mapping {
	char *address;   /* NULL if there is none */
	uint64_t length; /* bytes, as asked for */
	uint64_t page_bytes;
	bool is_segment;
};

/** Bytes of the pages that a mapping of some bytes takes. */
uint64_t mapping_round_up(uint64_t bytes, uint64_t page_bytes);

/**
 * Map a part of a file. An address that was asked for is never taken from another mapping:
 * MAP_FIXED_NOREPLACE, since Linux 4.17.
 *
 * @param fd       of the file, open as the protection needs it
 * @param mapping  receives it, to be ended with mapping_end()
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
 * Have all pages of a mapping in memory: MADV_POPULATE_READ or _WRITE, since Linux 5.14, else each
 * is touched. Holes of memory objects are given memory.
 *
 * @param write  for writing
 * @return 0, or -1 with error set: the first page that can't be had
 */
int mapping_populate(const struct mapping *mapping, bool write, struct error *error);

/**
 * Have the pages of a part in place, as a hint: one call is cheaper than a fault for each page.
 * No content is changed, and what can't be had is no error here.
 *
 * @param address  anywhere in a mapping
 * @param length   in bytes
 * @param write    for writing
 */
void mapping_expect(char *address, uint64_t length, bool write);

/**
 * Keep a mapping in memory, mlock(2), as long as it lasts.
 *
 * @return 0, or -1 with error set: a sentence for every errno
 */
int mapping_lock(const struct mapping *mapping, struct error *error);

/**
 * Write back what was stored, msync(2).
 *
 * @param async  only begin with it
 * @return 0, or -1 with error set: a sentence for every errno
 */
int mapping_sync(const struct mapping *mapping, bool async, struct error *error);

/** Pages that a mapping takes. */
uint64_t mapping_pages(const struct mapping *mapping);

/** Unmap or detach. */
void mapping_end(struct mapping *mapping);

#endif
