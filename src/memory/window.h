/*
 * Which pages of an attached segment have memory, without a descriptor of it: mincore(2), and
 * where pages are in swap, what /proc/self/smaps tells about them.
 */
#ifndef SHMTOOL_MEMORY_WINDOW_H
#define SHMTOOL_MEMORY_WINDOW_H

#include "memory/memory.h"

/**
 * Tell whether the pages from some place on are holes. A page that can't be told is no hole.
 *
 * @param memory   of base pages; one window of it is remembered
 * @param page     the first page's number
 * @param pages    how many matter
 * @param is_hole  receives what the first of them are
 * @return how many pages are like the first, at least 1
 */
uint64_t memory_window_run(struct memory *memory, uint64_t page, uint64_t pages, bool *is_hole);

void memory_window_free(struct residency_window *window);

#endif
