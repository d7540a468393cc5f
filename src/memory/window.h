/*
 * Which pages of an attached segment have memory, without a descriptor of it: mincore(2), and
 * where pages are in swap, the kernel's account of them in /proc/self/smaps.
 */
#ifndef SHMTOOL_MEMORY_WINDOW_H
#define SHMTOOL_MEMORY_WINDOW_H

#include "memory/mapping.h"

#include <stdbool.h>
#include <stdint.h>

struct residency_window;

/**
 * Tell whether the pages from some place on are holes. A page that can't be told is no hole.
 *
 * @param remembered  the pages that were looked at last, NULL at first; to be freed with
 *                    residency_window_free()
 * @param mapping     of the segment, with base pages
 * @param page        the first page's number
 * @param pages       how many matter
 * @param is_hole     receives what the first of them are
 * @return how many pages are like the first, at least 1
 */
uint64_t residency_window_run(struct residency_window **remembered, const struct mapping *mapping,
                              uint64_t page, uint64_t pages, bool *is_hole);

void residency_window_free(struct residency_window *window);

#endif
