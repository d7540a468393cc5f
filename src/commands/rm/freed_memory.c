#include "commands/rm/freed_memory.h"

#include "objects/segment.h"
#include "system/hugepages.h"

#include <unistd.h>

static uint64_t page_bytes(void)
{
	return (uint64_t)sysconf(_SC_PAGESIZE);
}

static uint64_t round_up(uint64_t bytes, uint64_t unit)
{
	return (bytes + unit - 1) / unit * unit;
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* All segments, in memory and in swap. */
static uint64_t read_all(void)
{
	struct shm_info use;

	if (sysv_read_use(&use) < 0)
		return 0;
	return ((uint64_t)use.shm_rss + use.shm_swp) * page_bytes();
}

unsigned int segment_memory_need(void)
{
	struct hugepage_pool pools[HUGEPAGE_POOLS_MAX];
	const size_t count = hugepages_read(pools);

	/* Linux 6.18 counts a huge page as the number of base pages that it holds. */
	for (size_t i = 0; i < count; i++) {
		if (pools[i].total > 0)
			return NEED_USED;
	}
	return 0;
}

void segment_memory_begin(struct segment_memory *memory)
{
	memory->before = read_all();
	memory->known = 0;
	memory->possible = 0;
}

/* An upper bound of the memory of a segment, in bytes. */
static uint64_t most_of(const struct shm_object *segment)
{
	return round_up(segment->bytes, page_bytes());
}

void segment_memory_removed(struct segment_memory *memory, const struct shm_object *segment)
{
	if (segment->known & KNOWN_USED)
		memory->known += segment->used;
	else
		memory->possible += most_of(segment);
}

uint64_t segment_memory_freed(const struct segment_memory *memory)
{
	const uint64_t now = read_all();
	const uint64_t less = memory->before > now ? memory->before - now : 0;

	return memory->known + least(less, memory->possible);
}
