#include "memory/page_count.h"

#include "base/allocated.h"
#include "base/number.h"
#include "memory/mapping.h"
#include "memory/page_state.h"
#include "system/cachestat.h"
#include "system/hugepages.h"
#include "system/number_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Pages examined at a time without cachestat(2): 64 MiB of base pages. */
enum { WINDOW_PAGES = 1 << 14 };

/* The part of an object that is counted, in bytes. */
struct part {
	struct memory *memory;
	struct page_count_machine *machine;
	uint64_t offset;
	uint64_t end; /* at most that of the object's last page */
	uint64_t base_page;
};

static uint64_t pages_of(const struct part *part, uint64_t bytes)
{
	return bytes / part->base_page;
}

/*
 * Huge pages
 */

static bool is_none(const char *name)
{
	uint64_t kilobytes;

	return number_file_find("/proc/meminfo", name, &kilobytes) == 0 && kilobytes == 0;
}

static bool has_no_pools(void)
{
	struct hugepage_pool pools[HUGEPAGE_POOLS_MAX];
	const size_t count = hugepages_read(pools);
	uint64_t total = 0;

	for (size_t i = 0; i < count; i++)
		total += pools[i].total;
	return total == 0;
}

/* Features that a machine may lack. */
enum {
	LACKS_SWAP = 1 << 0,
	LACKS_HUGE_FILES = 1 << 1,  /* transparent huge pages in the cache of files on disks */
	LACKS_HUGE_MEMORY = 1 << 2, /* the same in objects in memory */
	LACKS_POOLS = 1 << 3,       /* huge pages in pools */
};

static bool look_for(unsigned int what)
{
	switch (what) {
	case LACKS_SWAP:
		return cachestat_lacks_swap();
	case LACKS_HUGE_FILES:
		return is_none("FileHugePages:");
	case LACKS_HUGE_MEMORY:
		return is_none("ShmemHugePages:");
	default:
		return has_no_pools();
	}
}

/* Reading all of it at once would take longer than counting the pages of a file. */
static bool machine_lacks(struct page_count_machine *machine, unsigned int what)
{
	if (!(machine->asked & what) && look_for(what))
		machine->lacks |= what;
	machine->asked |= what;
	return (machine->lacks & what) != 0;
}

/* Of an object of huge pages only the number is known, so a part of it may be unknown. */
static void count_huge(const struct part *part, struct page_counts *counts)
{
	uint64_t whole = mapping_round_up(part->memory->bytes, part->memory->page_bytes);
	struct stat st;
	uint64_t allocated;

	counts->huge = counts->pages;
	counts->known = COUNTS_DIRTY | COUNTS_EVICTED | COUNTS_HUGE;
	if (part->memory->fd < 0 || fstat(part->memory->fd, &st) < 0)
		return;
	allocated = allocated_bytes(&st);
	if (allocated > 0 && allocated < whole && part->end - part->offset < whole)
		return;
	counts->resident = allocated < whole ? pages_of(part, allocated) : counts->pages;
	counts->hole = counts->pages - counts->resident;
	counts->known |= COUNTS_RESIDENT | COUNTS_HOLE | COUNTS_ELSEWHERE;
}

/*
 * With cachestat(2)
 */

/* Pages in memory from one offset to another; 0 if they can't be counted. */
static uint64_t resident_within(const struct part *part, uint64_t from, uint64_t to)
{
	struct cached_pages found;

	if (from >= to || cachestat_count(part->memory->fd, from, to - from, &found) < 0)
		return 0;
	return found.cached;
}

/* The sums over the holes and the data of a part. */
struct extents {
	uint64_t hole;          /* pages */
	uint64_t hole_resident; /* the subset in memory */
};

/*
 * Find the holes, each from the end of data to the next data. A page in which a hole begins is
 * data. Returns 0, or -1 if the file system does not report them.
 */
static int add_extents(const struct part *part, bool residents, struct extents *extents)
{
	const int fd = part->memory->fd;
	uint64_t at = part->offset;

	while (at < part->end) {
		off_t data = lseek(fd, (off_t)at, SEEK_DATA);
		off_t hole;
		uint64_t until;

		/* ENXIO: the rest is a hole. */
		if (data < 0 && errno != ENXIO)
			return -1;
		until = data < 0 || (uint64_t)data > part->end ? part->end : (uint64_t)data;
		until -= until % part->base_page;
		extents->hole += pages_of(part, until - at);
		if (residents)
			extents->hole_resident += resident_within(part, at, until);
		if (data < 0 || until >= part->end)
			return 0;
		hole = lseek(fd, data, SEEK_HOLE);
		if (hole <= data)
			return -1;
		at = mapping_round_up((uint64_t)hole, part->base_page);
	}
	return 0;
}

/*
 * lseek(2) reports a page of a memory object that was reserved but never written as a hole,
 * although it has memory. If nothing of the object can be in swap, the pages that are not in memory
 * are holes, and need not be looked for. The object may change between two calls, so that numbers
 * exceed their sum.
 */
static void count_holes_in_memory(const struct part *part, struct page_counts *counts)
{
	struct extents extents = { .hole = 0 };
	struct stat st;

	if (machine_lacks(part->machine, LACKS_SWAP) ||
	    (fstat(part->memory->fd, &st) == 0 &&
	     allocated_bytes(&st) == counts->resident * part->base_page))
		counts->hole = counts->pages - counts->resident;
	else if (add_extents(part, counts->resident > 0, &extents) == 0)
		counts->hole = number_minus(extents.hole, extents.hole_resident);
	else
		return;
	counts->known |= COUNTS_HOLE | COUNTS_ELSEWHERE;
	counts->swapped = number_minus(counts->pages, counts->resident + counts->hole);
}

/* A hole of a file on a disk has a page in memory once it has been read. */
static void count_holes_on_disk(const struct part *part, struct page_counts *counts)
{
	const bool some = counts->resident > 0 && counts->resident < counts->pages;
	struct extents extents = { .hole = 0 };

	if (add_extents(part, some, &extents) < 0)
		return;
	counts->known |= COUNTS_HOLE | COUNTS_ELSEWHERE;
	counts->hole = extents.hole;
	if (counts->resident < counts->pages)
		counts->on_disk = number_minus(
		    counts->pages,
		    counts->resident + number_minus(extents.hole, extents.hole_resident));
}

static int count_at_once(const struct part *part, struct page_counts *counts)
{
	struct cached_pages found;

	if (part->memory->fd < 0 ||
	    cachestat_count(part->memory->fd, part->offset, part->end - part->offset, &found) < 0)
		return -1;
	counts->resident = found.cached < counts->pages ? found.cached : counts->pages;
	counts->dirty = found.dirty;
	counts->writeback = found.writeback;
	counts->evicted = found.evicted;
	counts->recent = found.recent;
	counts->known = COUNTS_RESIDENT | COUNTS_DIRTY | COUNTS_EVICTED;
	if (part->memory->on_disk)
		count_holes_on_disk(part, counts);
	else
		count_holes_in_memory(part, counts);
	return 0;
}

/*
 * Without cachestat(2)
 */

static void add_states(const uint8_t *states, uint64_t pages, struct page_counts *counts)
{
	for (uint64_t i = 0; i < pages; i++) {
		counts->resident += (states[i] & PAGE_RESIDENT) != 0;
		counts->hole += (states[i] & PAGE_HOLE) != 0;
		counts->swapped += (states[i] & PAGE_SWAPPED) != 0;
		counts->on_disk += (states[i] & PAGE_ON_DISK) != 0;
	}
}

/* A segment is mapped already, a file is mapped window by window. */
static int map_window(const struct part *part, uint64_t offset, uint64_t length,
                      struct mapping *mapping, struct error *error)
{
	const struct mapping_request request = {
		.offset = offset,
		.length = length,
		.page_bytes = part->memory->page_bytes,
		.protection = PROT_READ,
	};

	if (!part->memory->is_segment)
		return mapping_of_file(part->memory->fd, &request, mapping, error);
	*mapping = part->memory->mapping;
	mapping->address += offset;
	return 0;
}

static int count_in_windows(const struct part *part, struct page_counts *counts,
                            struct error *error)
{
	uint8_t *states = malloc(WINDOW_PAGES);
	bool visible = true;
	int result = 0;

	if (states == NULL)
		return error_set(error, STATUS_FAILED, "not enough memory for the states of pages");
	/* mmap(2) updates the access time, unless the owner of the file asks for the contrary. */
	if (!part->memory->is_segment)
		(void)fcntl(part->memory->fd, F_SETFL, O_NOATIME);
	for (uint64_t at = part->offset; at < part->end && result == 0;) {
		uint64_t pages = pages_of(part, part->end - at);
		struct mapping mapping;

		if (pages > WINDOW_PAGES)
			pages = WINDOW_PAGES;
		result = map_window(part, at, pages * part->base_page, &mapping, error);
		if (result < 0)
			break;
		visible &= page_states(part->memory, mapping.address, at, pages, states);
		add_states(states, pages, counts);
		if (!part->memory->is_segment)
			mapping_end(&mapping);
		at += pages * part->base_page;
	}
	free(states);
	counts->known = COUNTS_HOLE | (visible ? COUNTS_RESIDENT | COUNTS_ELSEWHERE : 0U);
	if (!part->memory->on_disk)
		counts->known |= COUNTS_DIRTY;
	if (visible && !part->memory->on_disk && counts->swapped == 0)
		counts->known |= COUNTS_EVICTED;
	return result;
}

int page_count(struct memory *memory, struct page_count_machine *machine, uint64_t offset,
               uint64_t length, struct page_counts *counts, struct error *error)
{
	struct part part = {
		.memory = memory,
		.machine = machine,
		.offset = offset,
		.end = mapping_round_up(memory->bytes, memory->page_bytes),
		.base_page = (uint64_t)sysconf(_SC_PAGESIZE),
	};

	*counts = (struct page_counts){ .known = COUNTS_ALL };
	if (offset >= part.end || length == 0)
		return 0;
	if (length < part.end - offset)
		part.end = offset + mapping_round_up(length, memory->page_bytes);
	counts->pages = pages_of(&part, part.end - offset);
	if (memory->page_bytes != part.base_page) {
		count_huge(&part, counts);
		return 0;
	}
	if (count_at_once(&part, counts) < 0 && count_in_windows(&part, counts, error) < 0)
		return -1;
	if (((counts->known & COUNTS_RESIDENT) && counts->resident == 0) ||
	    machine_lacks(machine, memory->on_disk ? LACKS_HUGE_FILES : LACKS_HUGE_MEMORY))
		counts->known |= COUNTS_HUGE;
	return 0;
}

void page_count_segment(const struct shm_object *segment, struct page_count_machine *machine,
                        struct page_counts *counts)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);

	*counts = (struct page_counts){ .known = COUNTS_DIRTY };
	counts->pages = mapping_round_up(segment->bytes, page) / page;
	if (!(segment->known & KNOWN_RESIDENCY))
		return;
	counts->resident = segment->resident / page;
	counts->swapped = (segment->used - segment->resident) / page;
	/* Huge pages may extend beyond the size. */
	if (counts->resident + counts->swapped > counts->pages)
		counts->pages = counts->resident + counts->swapped;
	counts->hole = counts->pages - counts->resident - counts->swapped;
	counts->known |= COUNTS_RESIDENT | COUNTS_HOLE | COUNTS_ELSEWHERE;
	if (counts->swapped == 0)
		counts->known |= COUNTS_EVICTED;
	if (machine_lacks(machine, LACKS_HUGE_MEMORY) && machine_lacks(machine, LACKS_POOLS))
		counts->known |= COUNTS_HUGE;
}

void page_counts_add(struct page_counts *sum, const struct page_counts *counts)
{
	sum->pages += counts->pages;
	sum->resident += counts->resident;
	sum->dirty += counts->dirty;
	sum->writeback += counts->writeback;
	sum->evicted += counts->evicted;
	sum->recent += counts->recent;
	sum->swapped += counts->swapped;
	sum->on_disk += counts->on_disk;
	sum->hole += counts->hole;
	sum->huge += counts->huge;
	sum->known |= counts->known;
}
