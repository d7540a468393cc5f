#include "system/hugepages.h"

#include "base/number.h"
#include "system/linux.h"
#include "system/number_file.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/shm.h>
#include <unistd.h>

#define POOLS_DIRECTORY "/sys/kernel/mm/hugepages"

static int read_count(const char *directory, const char *file, uint64_t *count)
{
	char path[512];

	snprintf(path, sizeof(path), POOLS_DIRECTORY "/%s/%s", directory, file);
	return number_file_read(path, count);
}

static int compare_pools(const void *left, const void *right)
{
	const struct hugepage_pool *a = left;
	const struct hugepage_pool *b = right;

	return (a->page_bytes > b->page_bytes) - (a->page_bytes < b->page_bytes);
}

bool hugepages_parse_name(const char *name, uint64_t *page_bytes)
{
	const char prefix[] = "hugepages-";
	uint64_t kilobytes;

	if (strncmp(name, prefix, strlen(prefix)) != 0)
		return false;
	name += strlen(prefix);
	return number_take(&name, NUMBER_DECIMAL, &kilobytes) == NUMBER_READ && kilobytes > 0 &&
	       strcmp(name, "kB") == 0 && !__builtin_mul_overflow(kilobytes, 1024, page_bytes);
}

size_t hugepages_read(struct hugepage_pool pools[HUGEPAGE_POOLS_MAX])
{
	DIR *directory = opendir(POOLS_DIRECTORY);
	const struct dirent *entry;
	uint64_t default_kilobytes = 0;
	size_t count = 0;
	int failure = 0;

	if (directory == NULL)
		return 0;
	number_file_find("/proc/meminfo", "Hugepagesize:", &default_kilobytes);
	while (count < HUGEPAGE_POOLS_MAX && (errno = 0, entry = readdir(directory)) != NULL) {
		struct hugepage_pool *pool = &pools[count];

		*pool = (struct hugepage_pool){ .total = 0 };
		if (!hugepages_parse_name(entry->d_name, &pool->page_bytes))
			continue;
		/* Without pages, none is free or reserved. */
		if (read_count(entry->d_name, "nr_hugepages", &pool->total) < 0 ||
		    (pool->total > 0 &&
		     (read_count(entry->d_name, "free_hugepages", &pool->free) < 0 ||
		      read_count(entry->d_name, "resv_hugepages", &pool->reserved) < 0))) {
			failure = errno;
			continue;
		}
		pool->is_default = pool->page_bytes / 1024 == default_kilobytes;
		count++;
	}
	if (errno != 0)
		failure = errno;
	closedir(directory);
	qsort(pools, count, sizeof(*pools), compare_pools);
	errno = failure;
	return count;
}

bool hugepages_find(uint64_t page_bytes, struct hugepage_pool *pool)
{
	struct hugepage_pool pools[HUGEPAGE_POOLS_MAX];
	size_t count = hugepages_read(pools);

	for (size_t i = 0; i < count; i++) {
		if (page_bytes == 0 ? pools[i].is_default : pools[i].page_bytes == page_bytes) {
			*pool = pools[i];
			return true;
		}
	}
	return false;
}

void hugepages_read_use(struct hugepage_use *use)
{
	uint64_t kilobytes;

	use->count = hugepages_read(use->pools);
	use->any = false;
	for (size_t i = 0; i < use->count; i++)
		use->any |= use->pools[i].total > use->pools[i].free;
	use->shmem = UINT64_MAX;
	if (use->any && number_file_find("/proc/meminfo", "Shmem:", &kilobytes) == 0)
		use->shmem = kilobytes * 1024;
}

/* The number of pages that hold a number of bytes, rounded up. */
static uint64_t count_pages(uint64_t bytes, uint64_t page)
{
	return bytes / page + (bytes % page > 0);
}

/* The number of huge pages in a multiplied report; 0 if the report can't be a multiplied one. */
static uint64_t overcounted_pages(const struct hugepage_pool *pool, uint64_t bytes,
                                  uint64_t reported)
{
	const uint64_t small_pages = pool->page_bytes / (uint64_t)sysconf(_SC_PAGESIZE);
	uint64_t each;

	if (__builtin_mul_overflow(pool->page_bytes, small_pages, &each) || reported % each != 0 ||
	    reported / each > count_pages(bytes, pool->page_bytes))
		return 0;
	return reported / each;
}

/* Check whether a report can be a correct count for a segment in these pages. */
static bool is_plausible(const struct hugepage_pool *pool, uint64_t bytes, uint64_t reported)
{
	const uint64_t pages = reported / pool->page_bytes;

	return reported % pool->page_bytes == 0 && pages <= pool->total - pool->free &&
	       pages <= count_pages(bytes, pool->page_bytes);
}

bool hugepages_resident(const struct hugepage_use *use, uint64_t bytes, uint64_t reported,
                        uint64_t *resident, size_t *pool)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	const bool fits = count_pages(reported, page) <= count_pages(bytes, page);
	bool is_right = fits && reported <= use->shmem;
	uint64_t overcounted = 0;
	size_t answers;

	*resident = reported;
	*pool = HUGEPAGE_POOLS_MAX;
	if (reported == 0 || (fits && !use->any))
		return true;
	for (size_t i = 0; i < use->count; i++) {
		if (!is_plausible(&use->pools[i], bytes, reported))
			continue;
		if (!is_right)
			*pool = i;
		is_right = true;
	}
	answers = is_right;
	for (size_t i = 0; i < use->count; i++) {
		const struct hugepage_pool *candidate = &use->pools[i];
		const uint64_t pages = overcounted_pages(candidate, bytes, reported);

		/* Pages may have been freed meanwhile: ignore the use if nothing else fits. */
		if (pages == 0 || (fits && pages > candidate->total - candidate->free))
			continue;
		overcounted = pages * candidate->page_bytes;
		if (!is_right)
			*pool = i;
		answers++;
	}
	if (overcounted > 0 && !is_right)
		*resident = overcounted;
	return answers <= 1;
}

int hugepages_no_such_size(uint64_t page_bytes, enum exit_status status, struct error *error)
{
	struct hugepage_pool pools[HUGEPAGE_POOLS_MAX];
	size_t count = hugepages_read(pools);
	char sizes[256] = "";
	size_t used = 0;

	if (count == 0)
		return error_set(error, status, "this kernel does not support huge pages");
	for (size_t i = 0; i < count && used < sizeof(sizes); i++)
		used += (size_t)snprintf(sizes + used, sizeof(sizes) - used, "%s%" PRIu64 "kB",
		                         i > 0 ? ", " : "", pools[i].page_bytes / 1024);
	return error_set(error, status,
	                 "this machine has no huge pages of %" PRIu64 " bytes (available: %s)",
	                 page_bytes, sizes);
}

int hugepages_shmget_flag(uint64_t page_bytes)
{
	if (page_bytes == 0)
		return 0;
	return (int)((unsigned int)__builtin_ctzll(page_bytes) << SHM_HUGE_SHIFT);
}

void hugepages_cure(const struct hugepage_pool *pool, uint64_t pages, char *target, size_t size)
{
	if (pool->is_default)
		snprintf(target, size, "sysctl vm.nr_hugepages=%" PRIu64, pages);
	else
		snprintf(target, size,
		         "echo %" PRIu64 " >" POOLS_DIRECTORY "/hugepages-%" PRIu64
		         "kB/nr_hugepages",
		         pages, pool->page_bytes / 1024);
}
