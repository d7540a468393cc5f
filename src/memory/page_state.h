/*
 * The state of an object's pages, as the kernel knows it, without touching them.
 */
#ifndef SHMTOOL_MEMORY_PAGE_STATE_H
#define SHMTOOL_MEMORY_PAGE_STATE_H

#include "error.h"
#include "memory/memory.h"

#include <stdint.h>

/** The state of a page; several may be true. None: it can't be told. */
enum page_state {
	PAGE_RESIDENT = 1 << 0,   /* in memory */
	PAGE_DIRTY = 1 << 1,      /* in memory, and not on the disk yet */
	PAGE_HOLE = 1 << 2,       /* nothing was ever there: it reads as zeros */
	PAGE_SWAPPED = 1 << 3,    /* of an object in memory: it is in swap */
	PAGE_ON_DISK = 1 << 4,    /* of a file: it is only on the disk */
	PAGE_HUGE = 1 << 5,       /* part of a huge page, or one */
	PAGE_BEYOND_END = 1 << 6, /* behind the page in which the object ends */
};

/**
 * Tell the states of pages. Uses cachestat(2), since Linux 6.5, and mincore(2); SEEK_HOLE of
 * lseek(2); of a segment without a descriptor, what memory/window.h tells. Where residency is
 * kept from the caller (a file that he neither owns nor may write), it stays untold.
 *
 * @param mapping  of them, which begins at the first page
 * @param offset   of the first page in the object, in bytes, a multiple of its page size
 * @param pages    how many
 * @param states   receives a state for each
 * @return false if residency is kept from the caller
 */
bool page_states(struct memory *memory, void *mapping, uint64_t offset, uint64_t pages,
                 uint8_t *states);

/**
 * Tell which pages are mapped by huge pages, once they were touched: PAGEMAP_SCAN, since Linux
 * 6.7, see the kernel's Documentation/admin-guide/mm/pagemap.rst; before that only whether all
 * of a mapping is.
 *
 * @param mapping  a mapping that begins at the first page
 * @param pages    how many
 * @param states   PAGE_HUGE is added
 */
void page_states_add_huge(const char *mapping, uint64_t pages, uint64_t page_bytes,
                          uint8_t *states);

#endif
