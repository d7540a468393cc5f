#include "memory/window.h"

#include "system/vma.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <sys/shm.h>

/* Pages examined by one call: 64 MiB of base pages. */
enum { WINDOW_PAGES = 1 << 14 };

struct residency_window {
	uint64_t first;                       /* page */
	uint64_t pages;                       /* 0: nothing was examined */
	bool has_swap;                        /* some of the segment is in swap */
	unsigned char resident[WINDOW_PAGES]; /* lowest bit of each, mincore(2) */
};

static char *page_address(const struct mapping *mapping, uint64_t page)
{
	return mapping->address + page * mapping->page_bytes;
}

static bool may_have_swap(const struct mapping *mapping)
{
	struct shm_info all;
	struct vma vma;

	if (vma_look(mapping->address, &vma) == 0)
		return vma.swapped > 0;
	/* Without /proc, use the number of pages of all segments. */
	return shmctl(0, SHM_INFO, (struct shmid_ds *)(void *)&all) < 0 || all.shm_swp > 0;
}

static bool has_holes(const struct residency_window *window)
{
	for (uint64_t i = 0; i < window->pages; i++) {
		if ((window->resident[i] & 1) == 0)
			return true;
	}
	return false;
}

/*
 * If nothing is in swap before and after the call, pages that are not in memory are holes. A page
 * could escape only by being swapped in and out again between two of these calls, twice.
 */
static int look(const struct mapping *mapping, struct residency_window *window, uint64_t page)
{
	uint64_t all = mapping_pages(mapping);
	bool had_swap;

	window->first = page;
	window->pages = all - page < WINDOW_PAGES ? all - page : WINDOW_PAGES;
	if (mincore(page_address(mapping, page), window->pages * mapping->page_bytes,
	            window->resident) < 0)
		return -1;
	if (!has_holes(window))
		return 0;
	had_swap = may_have_swap(mapping);
	if (mincore(page_address(mapping, page), window->pages * mapping->page_bytes,
	            window->resident) < 0)
		return -1;
	window->has_swap = had_swap || may_have_swap(mapping);
	return 0;
}

/* Count the pages from the window's i-th on that mincore(2) reports like it. */
static uint64_t like(const struct residency_window *window, uint64_t i, uint64_t most)
{
	uint64_t count = 1;

	while (count < most && i + count < window->pages &&
	       (window->resident[i + count] & 1) == (window->resident[i] & 1))
		count++;
	return count;
}

/*
 * Pages that are not in memory are in swap, or holes: halve the range until all of its pages are
 * the same.
 */
static uint64_t part_swap_from_holes(const struct mapping *mapping, uint64_t page, uint64_t count,
                                     bool *is_hole)
{
	for (;;) {
		uint64_t length = count * mapping->page_bytes;
		uint64_t swapped;

		if (vma_swapped_within(page_address(mapping, page), length, &swapped) < 0)
			swapped = length;
		*is_hole = swapped == 0;
		if (swapped == 0 || swapped >= length || count == 1)
			return count;
		count /= 2;
	}
}

uint64_t residency_window_run(struct residency_window **remembered, const struct mapping *mapping,
                              uint64_t page, uint64_t pages, bool *is_hole)
{
	struct residency_window *window = *remembered;
	uint64_t index;
	uint64_t count;

	*is_hole = false;
	if (window == NULL) {
		*remembered = calloc(1, sizeof(*window));
		window = *remembered;
	}
	if (window == NULL)
		return 1;
	if (page < window->first || page >= window->first + window->pages) {
		if (look(mapping, window, page) < 0) {
			window->pages = 0;
			return 1;
		}
	}
	index = page - window->first;
	count = like(window, index, pages);
	if ((window->resident[index] & 1) != 0)
		return count;
	*is_hole = true;
	return window->has_swap ? part_swap_from_holes(mapping, page, count, is_hole) : count;
}

void residency_window_free(struct residency_window *window)
{
	free(window);
}
