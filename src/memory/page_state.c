#include "memory/page_state.h"

#include "base/access.h"
#include "base/allocated.h"
#include "memory/window.h"
#include "system/cachestat.h"
#include "system/linux.h"
#include "system/vma.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* The pages to examine. */
struct look {
	struct memory *memory;
	char *mapping;
	uint64_t offset; /* of the first page in the object, in bytes */
	uint64_t pages;  /* of the object, from there on */
	uint8_t *states;
};

static uint64_t bytes_of(const struct look *look, uint64_t pages)
{
	return pages * look->memory->page_bytes;
}

static void add(const struct look *look, uint64_t first, uint64_t count, enum page_state state)
{
	for (uint64_t i = first; i < first + count; i++)
		look->states[i] |= (uint8_t)state;
}

bool page_states_are_visible(const struct memory *memory)
{
	char path[64];
	struct stat st;

	if (memory->fd < 0)
		return true;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", memory->fd);
	return (fstat(memory->fd, &st) == 0 && st.st_uid == geteuid()) || geteuid() == 0 ||
	       access_check(AT_FDCWD, path, W_OK) == 0;
}

static bool ask_mincore(const struct look *look)
{
	unsigned char *resident;
	bool answered;

	if (!page_states_are_visible(look->memory))
		return false;
	resident = malloc(look->pages);
	if (resident == NULL)
		return false;
	answered = mincore(look->mapping, bytes_of(look, look->pages), resident) == 0;
	for (uint64_t i = 0; answered && i < look->pages; i++) {
		if (resident[i] & 1)
			look->states[i] |= PAGE_RESIDENT;
	}
	free(resident);
	return answered;
}

/* Halve a part until all or none of it is dirty. */
static void add_dirty(const struct look *look, uint64_t first, uint64_t count)
{
	struct cached_pages found;

	if (cachestat_count(look->memory->fd, look->offset + bytes_of(look, first),
	                    bytes_of(look, count), &found) < 0 ||
	    found.dirty == 0)
		return;
	if (found.dirty >= count || count == 1) {
		add(look, first, count, PAGE_DIRTY);
		return;
	}
	add_dirty(look, first, count / 2);
	add_dirty(look, first + count / 2, count - count / 2);
}

/*
 * cachestat(2) counts faster than mincore(2) reports pages; usually all pages or none are resident.
 */
static bool add_residency(const struct look *look)
{
	struct cached_pages found;

	if (look->memory->fd < 0 || cachestat_count(look->memory->fd, look->offset,
	                                            bytes_of(look, look->pages), &found) < 0)
		return ask_mincore(look);
	if (found.cached >= look->pages)
		add(look, 0, look->pages, PAGE_RESIDENT);
	else if (found.cached > 0 && !ask_mincore(look))
		return false;
	if (found.dirty > 0)
		add_dirty(look, 0, look->pages);
	return true;
}

static uint64_t pages_up_to(const struct look *look, off_t position)
{
	uint64_t page = ((uint64_t)position - look->offset) / look->memory->page_bytes;

	return page < look->pages ? page : look->pages;
}

/* Add the holes of a file: from the end of data to the next data. */
static void add_holes_of_file(const struct look *look)
{
	off_t end = (off_t)(look->offset + bytes_of(look, look->pages));
	off_t at = (off_t)look->offset;

	while (at < end) {
		off_t data = lseek(look->memory->fd, at, SEEK_DATA);
		uint64_t first = pages_up_to(look, at);

		/* ENXIO: the rest is a hole. */
		if (data < 0 && errno != ENXIO)
			return;
		if (data < 0 || data > end)
			data = end;
		add(look, first, pages_up_to(look, data) - first, PAGE_HOLE);
		if (data == end)
			return;
		at = lseek(look->memory->fd, data, SEEK_HOLE);
		if (at <= data)
			return;
		/* A page in which a hole begins is data. */
		at = (off_t)mapping_round_up((uint64_t)at, look->memory->page_bytes);
	}
}

static void add_holes_of_mapping(const struct look *look)
{
	uint64_t first = look->offset / look->memory->page_bytes;
	uint64_t done = 0;

	while (done < look->pages) {
		bool is_hole;
		uint64_t count = residency_window_run(&look->memory->window, &look->memory->mapping,
		                                      first + done, look->pages - done, &is_hole);

		if (is_hole)
			add(look, done, count, PAGE_HOLE);
		done += count;
	}
}

/* Whether every page of a file is allocated in memory or on the disk. */
static bool has_all_blocks(const struct memory *memory)
{
	struct stat st;

	return memory->fd >= 0 && fstat(memory->fd, &st) == 0 &&
	       allocated_bytes(&st) >= mapping_round_up((uint64_t)st.st_size, memory->page_bytes);
}

static bool all_resident(const struct look *look)
{
	for (uint64_t i = 0; i < look->pages; i++) {
		if (!(look->states[i] & PAGE_RESIDENT))
			return false;
	}
	return true;
}

/* A page that is neither a hole nor in memory is elsewhere. */
static void add_elsewhere(const struct look *look)
{
	const enum page_state elsewhere = look->memory->on_disk ? PAGE_ON_DISK : PAGE_SWAPPED;

	for (uint64_t i = 0; i < look->pages; i++) {
		if (!(look->states[i] & (PAGE_RESIDENT | PAGE_HOLE)))
			look->states[i] |= (uint8_t)elsewhere;
	}
}

/*
 * lseek(2) reports a page of a memory object that was reserved but never written as a hole,
 * although it has memory.
 */
static void prefer_residency(const struct look *look)
{
	for (uint64_t i = 0; i < look->pages; i++) {
		if (!look->memory->on_disk && (look->states[i] & PAGE_RESIDENT))
			look->states[i] &= (uint8_t)~PAGE_HOLE;
	}
}

static bool look_at_small_pages(const struct look *look)
{
	bool residency_known = add_residency(look);

	if (residency_known && all_resident(look) &&
	    (!look->memory->on_disk || has_all_blocks(look->memory)))
		return true;
	if (look->memory->fd >= 0)
		add_holes_of_file(look);
	else
		add_holes_of_mapping(look);
	prefer_residency(look);
	if (residency_known)
		add_elsewhere(look);
	return residency_known;
}

/* For huge pages only their number is known: all are resident, or none, or the state is unknown. */
static void look_at_huge_pages(const struct look *look)
{
	struct stat st;

	add(look, 0, look->pages, PAGE_HUGE);
	if (has_all_blocks(look->memory))
		add(look, 0, look->pages, PAGE_RESIDENT);
	else if (look->memory->fd >= 0 && fstat(look->memory->fd, &st) == 0 && st.st_blocks == 0)
		add(look, 0, look->pages, PAGE_HOLE);
}

bool page_states(struct memory *memory, void *mapping, uint64_t offset, uint64_t pages,
                 uint8_t *states)
{
	uint64_t end = mapping_round_up(memory->bytes, memory->page_bytes);
	uint64_t within = end > offset ? (end - offset) / memory->page_bytes : 0;
	const struct look look = {
		.memory = memory,
		.mapping = mapping,
		.offset = offset,
		.pages = within < pages ? within : pages,
		.states = states,
	};

	memset(states, 0, pages);
	add(&look, look.pages, pages - look.pages, PAGE_BEYOND_END);
	if (look.pages == 0)
		return true;
	if (memory->page_bytes == (uint64_t)sysconf(_SC_PAGESIZE))
		return look_at_small_pages(&look);
	look_at_huge_pages(&look);
	return true;
}

/* Runs of huge pages requested by one call. */
enum { REGIONS = 512 };

static void add_region(const char *mapping, uint64_t page_bytes,
                       const struct linux_page_region *region, uint8_t *states)
{
	uint64_t first = (region->start - (uintptr_t)mapping) / page_bytes;
	uint64_t last = (region->end - (uintptr_t)mapping) / page_bytes;

	for (uint64_t page = first; page < last; page++)
		states[page] |= PAGE_HUGE;
}

static int scan_for_huge(int pagemap, const char *mapping, uint64_t pages, uint64_t page_bytes,
                         uint8_t *states)
{
	struct linux_page_region regions[REGIONS];
	struct linux_pagemap_scan scan = {
		.size = sizeof(scan),
		.start = (uintptr_t)mapping,
		.end = (uintptr_t)mapping + pages * page_bytes,
		.regions = (uintptr_t)regions,
		.region_count = REGIONS,
		.required = LINUX_PAGE_IS_HUGE,
		.returned = LINUX_PAGE_IS_HUGE,
	};

	while (scan.start < scan.end) {
		int count = ioctl(pagemap, LINUX_PAGEMAP_SCAN, &scan);

		if (count < 0)
			return -1;
		for (int i = 0; i < count; i++)
			add_region(mapping, page_bytes, &regions[i], states);
		if (scan.walk_end <= scan.start)
			break;
		scan.start = scan.walk_end;
	}
	return 0;
}

void page_states_add_huge(const char *mapping, uint64_t pages, uint64_t page_bytes, uint8_t *states)
{
	int pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	struct vma vma;
	int result = -1;

	if (pagemap >= 0) {
		result = scan_for_huge(pagemap, mapping, pages, page_bytes, states);
		close(pagemap);
	}
	if (result == 0 || vma_look(mapping, &vma) < 0)
		return;
	for (uint64_t i = 0; i < pages && vma.huge >= pages * page_bytes; i++)
		states[i] |= PAGE_HUGE;
}
