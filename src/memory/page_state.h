/*
 * The state of an object's pages, as reported by the kernel, without touching them.
 */
#ifndef SHMTOOL_MEMORY_PAGE_STATE_H
#define SHMTOOL_MEMORY_PAGE_STATE_H

#include "error.h"
#include "memory/memory.h"

#include <stdbool.h>
#include <stdint.h>

/** The state of a page; several bits may be set. None: unknown. */
enum page_state {
	PAGE_RESIDENT = 1 << 0,   /* in memory */
	PAGE_DIRTY = 1 << 1,      /* in memory, not yet written to disk */
	PAGE_HOLE = 1 << 2,       /* never written: reads as zeros */
	PAGE_SWAPPED = 1 << 3,    /* of a memory object: in swap */
	PAGE_ON_DISK = 1 << 4,    /* of a file: only on the disk */
	PAGE_HUGE = 1 << 5,       /* a huge page or a part of one */
	PAGE_BEYOND_END = 1 << 6, /* after the object's last page */
};

/**
 * Determine the states of pages. Uses cachestat(2), since Linux 6.5, and mincore(2); SEEK_HOLE of
 * lseek(2); for a segment without a descriptor, memory/window.h. If the kernel hides residency from
 * the caller (for a file that the caller neither owns nor may write), it remains unknown.
 *
 * @param mapping  of the pages, which starts at the first one
 * @param offset   of the first page in the object, in bytes, a multiple of its page size
 * @param pages    number of pages
 * @param states   receives a state for each
 * @return false if residency is hidden from the caller
 */
bool page_states(struct memory *memory, void *mapping, uint64_t offset, uint64_t pages,
                 uint8_t *states);

/**
 * Whether mincore(2) reports to the caller which pages of an object are in memory. To callers that
 * neither own a file nor may write it, it reports all as resident, so that they cannot observe its
 * use by others: can_do_mincore() in the kernel's mm/mincore.c.
 */
bool page_states_are_visible(const struct memory *memory);

/**
 * Determine which of the touched pages are mapped by huge pages: PAGEMAP_SCAN, since Linux 6.7, see
 * the kernel's Documentation/admin-guide/mm/pagemap.rst. Older kernels report this only for a
 * mapping as a whole.
 *
 * @param mapping  a mapping that starts at the first page
 * @param pages    number of pages
 * @param states   PAGE_HUGE is added
 */
void page_states_add_huge(const char *mapping, uint64_t pages, uint64_t page_bytes,
                          uint8_t *states);

#endif
