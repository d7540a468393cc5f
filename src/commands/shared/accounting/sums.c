#include "commands/shared/accounting/sums.h"

#include "base/memory.h"
#include "output/units.h"
#include "system/hugepages.h"
#include "system/memory_cgroup.h"
#include "system/number_file.h"
#include "system/process.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

static const char unseen[] = "in memory, but in no line";

uint64_t usage_sum_add(struct usage_lines *lines, uint64_t page_bytes)
{
	struct usage_line *sum;
	uint64_t resident = 0;
	uint64_t swapped = 0;
	uint64_t unsplit = 0;

	for (size_t i = 0; i < lines->count; i++) {
		if (lines->lines[i].page_bytes != page_bytes)
			continue;
		resident += lines->lines[i].resident;
		swapped += lines->lines[i].swapped;
		if (!(lines->lines[i].known & USAGE_SPLIT))
			unsplit += lines->lines[i].resident;
	}
	sum = usage_line_add(lines, "sum", "sum of these lines");
	usage_line_set(sum, 0, resident, swapped);
	sum->known &= ~(unsigned int)USAGE_COUNT;
	sum->page_bytes = page_bytes;
	if (unsplit > 0)
		sum->reason = needed_text("up to %" PRIu64 " bytes of it may be in swap", unsplit);
	return resident;
}

void usage_total_add(struct usage_lines *lines, uint64_t page_bytes, uint64_t total,
                     const char *what, const char *rest)
{
	const uint64_t resident = usage_sum_add(lines, page_bytes);
	struct usage_line *line = usage_line_add(lines, "total", "%s", what);

	line->known = USAGE_SPLIT;
	line->resident = total;
	line->page_bytes = page_bytes;
	line = usage_line_add(lines, "difference", "%s", rest);
	line->known = USAGE_DIFFERENCE;
	line->difference = (int64_t)(total - resident);
	line->page_bytes = page_bytes;
	for (size_t i = 0; i < lines->count; i++) {
		if (lines->lines[i].page_bytes == page_bytes)
			lines->lines[i].whole = total;
	}
}

/* Where /proc shows only some processes, only they are compared: with their control group. */
static int add_shmem(struct usage_lines *lines, struct error *error)
{
	struct memory_cgroup group = { .path = NULL };
	uint64_t kilobytes;

	if (!process_all_are_listed() && memory_cgroup_of_all(&group) == 0) {
		char *what = needed_text("shmem of control group %s", group.path);

		usage_total_add(lines, 0, group.shmem, what, unseen);
		free(what);
	} else if (number_file_find("/proc/meminfo", "Shmem:", &kilobytes) == 0) {
		usage_total_add(lines, 0, kilobytes * 1024,
		                process_all_are_listed()
		                    ? "Shmem of /proc/meminfo"
		                    : "Shmem of /proc/meminfo, of the whole machine",
		                unseen);
	} else {
		memory_cgroup_free(&group);
		return error_set(error, STATUS_FAILED, "/proc/meminfo has no line Shmem");
	}
	memory_cgroup_free(&group);
	return 0;
}

static bool has_lines(const struct usage_lines *lines, uint64_t page_bytes)
{
	for (size_t i = 0; i < lines->count; i++) {
		if (lines->lines[i].page_bytes == page_bytes)
			return true;
	}
	return false;
}

static void add_pages(struct usage_lines *lines, const struct hugepage_pool *pool, const char *kind,
                      const char *what, uint64_t pages)
{
	struct usage_line *line = usage_line_add(lines, kind, "%s", what);

	/* The kernel's count of reserved pages can fall below 0. */
	line->known = pages <= pool->total ? USAGE_COUNT | USAGE_SPLIT : 0U;
	line->count = pages;
	line->resident = pages * pool->page_bytes;
	line->page_bytes = pool->page_bytes;
}

static void add_pool(struct usage_lines *lines, const struct hugepage_pool *pool)
{
	if (pool->total == 0 && !has_lines(lines, pool->page_bytes))
		return;
	usage_total_add(lines, pool->page_bytes, (pool->total - pool->free) * pool->page_bytes,
	                "huge pages in use, HugePages_Total - HugePages_Free", unseen);
	add_pages(lines, pool, "free", "free huge pages, HugePages_Free", pool->free);
	add_pages(lines, pool, "reserved", "of these, promised to mappings, HugePages_Rsvd",
	          pool->reserved);
}

int usage_sums_add(struct usage_lines *lines, struct error *error)
{
	struct hugepage_pool pools[HUGEPAGE_POOLS_MAX];
	const size_t count = hugepages_read(pools);
	const int failure = errno;
	struct error one;
	int result = add_shmem(lines, error);

	/* ENOENT: the kernel does not support them. */
	if (failure != 0 && failure != ENOENT) {
		error_set_errno(&one, failure, "the pools of huge pages can't be read");
		result = error_join(error, result, &one);
	}
	for (size_t i = 0; i < count; i++)
		add_pool(lines, &pools[i]);
	return result;
}
