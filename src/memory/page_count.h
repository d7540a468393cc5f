/*
 * Summing up the states of an object's pages, without touching or listing them.
 */
#ifndef SHMTOOL_MEMORY_PAGE_COUNT_H
#define SHMTOOL_MEMORY_PAGE_COUNT_H

#include "memory/memory.h"
#include "objects/object.h"

#include <stdbool.h>
#include <stdint.h>

/** The known members of struct page_counts. */
enum page_counts_known {
	COUNTS_RESIDENT = 1 << 0,  /* resident */
	COUNTS_DIRTY = 1 << 1,     /* dirty, writeback */
	COUNTS_EVICTED = 1 << 2,   /* evicted, recent */
	COUNTS_HOLE = 1 << 3,      /* hole */
	COUNTS_ELSEWHERE = 1 << 4, /* swapped, on_disk */
	COUNTS_HUGE = 1 << 5,      /* huge */
	COUNTS_ALL = (1 << 6) - 1,
};

/** Numbers of base pages; a huge page counts as the base pages that fit into it. */
struct page_counts {
	uint64_t pages;
	uint64_t resident;
	uint64_t dirty;     /* the subset of resident that is not yet on the disk */
	uint64_t writeback; /* the subset of resident that is being written to the disk */
	uint64_t evicted;   /* no longer in memory, and the kernel remembers them */
	uint64_t recent;    /* the subset whose return would show a shortage of memory */
	uint64_t swapped;   /* of a memory object: only in swap */
	uint64_t on_disk;   /* of a file: only on the disk */
	uint64_t hole;      /* no memory or, for a file, no disk space; may be resident in a file */
	uint64_t huge;      /* in huge pages */
	unsigned int known; /* bits of enum page_counts_known */
};

/** Features that the machine lacks, and so every object; read when they are first needed. */
struct page_count_machine {
	unsigned int asked; /* bits of the features that have been read */
	unsigned int lacks; /* bits of the features that are missing */
};

/**
 * Count the pages of a part of an object: one cachestat(2), since Linux 6.5, and SEEK_HOLE and
 * SEEK_DATA of lseek(2). On older kernels, page_states() in windows of 64 MiB. A page that is only
 * in the swap cache counts as swapped with cachestat(2) and as resident without; one that was
 * reserved but never written as resident with it, and as a hole without.
 *
 * @param memory   open for reading
 * @param machine  all zero at first; the same for all objects
 * @param offset  of the first page, in bytes, a multiple of the object's page size
 * @param length  in bytes; pages after the object's end are not counted
 * @param counts  receives the numbers
 * @return 0, or -1 with error set: the object can't be mapped, memory ran out
 */
int page_count(struct memory *memory, struct page_count_machine *machine, uint64_t offset,
               uint64_t length, struct page_counts *counts, struct error *error);

/**
 * Count the pages of a segment without attaching it, from what /proc/sysvipc/shm reports.
 *
 * @param segment  with the values of NEED_RESIDENCY
 * @param machine  as for page_count()
 */
void page_count_segment(const struct shm_object *segment, struct page_count_machine *machine,
                        struct page_counts *counts);

/** Add the known numbers of an object to a sum, which knows what any object knows. */
void page_counts_add(struct page_counts *sum, const struct page_counts *counts);

#endif
