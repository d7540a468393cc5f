/*
 * Finding the pages of an attached segment that have memory, without a descriptor: mincore(2), and
 * if pages are in swap, their number in /proc/self/smaps.
 */
#ifndef SHMTOOL_MEMORY_WINDOW_H
#define SHMTOOL_MEMORY_WINDOW_H

#include "memory/mapping.h"

#include <stdbool.h>
#include <stdint.h>

struct residency_window;

/**
 * Determine whether the pages from a given one on are holes. A page in an unknown state is not a
 * hole.
 *
 * @param remembered  the pages examined last, NULL at first; free with residency_window_free()
 * @param mapping     of the segment, with base pages
 * @param page        the first page's number
 * @param pages       number of pages of interest
 * @param is_hole     receives the state of the first one
 * @return number of pages in the same state as the first, at least 1
 */
uint64_t residency_window_run(struct residency_window **remembered, const struct mapping *mapping,
                              uint64_t page, uint64_t pages, bool *is_hole);

void residency_window_free(struct residency_window *window);

#endif
