#include "usage/private_huge.h"

#include "base/descriptor.h"
#include "base/memory.h"
#include "system/number_file.h"
#include "system/process_list.h"
#include "system/process_maps.h"
#include "usage/memory_devices.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* An entry of /proc/PID/pagemap: Documentation/admin-guide/mm/pagemap.rst. */
static const uint64_t entry_present = 1ULL << 63;
static const uint64_t entry_of_file = 1ULL << 61;   /* or of shared memory */
static const uint64_t entry_exclusive = 1ULL << 56; /* mapped once */
static const uint64_t entry_frame = (1ULL << 55) - 1;

/* A page that several processes may share: its frame, and its pool. */
struct shared_page {
	uint64_t frame;
	size_t pool;
};

struct search {
	const struct hugepage_pool *pools;
	size_t count;
	const struct tmpfs_list *mounts;
	struct memory_devices devices;
	struct private_huge *private;
	struct shared_page *shared;
	size_t shared_count;
	int proc;
};

/* Find the pool of a mapping by the device of its file. Returns false if it is not in huge pages. */
static bool find_pool(const struct search *search, dev_t device, size_t *pool)
{
	const struct tmpfs *mount = tmpfs_list_find(search->mounts, device);
	uint64_t page_bytes = mount != NULL ? mount->page_bytes : 0;

	for (size_t i = 0; i < search->devices.count; i++) {
		if (search->devices.devices[i] == device)
			page_bytes = search->devices.page_bytes[i];
	}
	for (*pool = 0; page_bytes > 0 && *pool < search->count; (*pool)++) {
		if (search->pools[*pool].page_bytes == page_bytes)
			return true;
	}
	return false;
}

static uint64_t count_pages(struct search *search, int pagemap,
                            const struct process_mapping *mapping, size_t pool)
{
	const uint64_t base = (uint64_t)sysconf(_SC_PAGESIZE);
	const uint64_t step = search->pools[pool].page_bytes;
	uint64_t pages = 0;
	uint64_t entry;

	for (uint64_t at = mapping->start; at < mapping->end; at += step) {
		if (pread(pagemap, &entry, sizeof(entry), (off_t)(at / base * sizeof(entry))) !=
		    (ssize_t)sizeof(entry))
			break;
		if (!(entry & entry_present) || (entry & entry_of_file))
			continue;
		pages++;
		if ((entry & entry_exclusive) || (entry & entry_frame) == 0) {
			search->private->pages[pool]++;
			continue;
		}
		search->shared =
		    vector_grow(search->shared, search->shared_count, sizeof(*search->shared));
		search->shared[search->shared_count++] =
		    (struct shared_page){ .frame = entry & entry_frame, .pool = pool };
	}
	return pages;
}

static void look_at_mappings(struct search *search, const char *directory, int pagemap)
{
	const struct process_maps_request request = { .shared_only = false };
	struct process_mapping mapping;
	struct process_maps maps;
	size_t pool;

	if (process_maps_open(search->proc, directory, &request, &maps) < 0)
		return;
	while (process_maps_next(&maps, &mapping) > 0) {
		if (!mapping.shared && find_pool(search, mapping.device, &pool))
			search->private->mappings[pool] +=
			    count_pages(search, pagemap, &mapping, pool) > 0;
	}
	process_maps_close(&maps);
}

/* Its number of huge pages needs no permission, proc_pid_status(5). */
static void look_at_process(struct search *search, pid_t pid)
{
	char path[48];
	char directory[16];
	uint64_t kilobytes = 0;
	int pagemap;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	if (number_file_find(path, "HugetlbPages:", &kilobytes) < 0 || kilobytes == 0)
		return;
	snprintf(directory, sizeof(directory), "%d", (int)pid);
	snprintf(path, sizeof(path), "%d/pagemap", (int)pid);
	pagemap = openat(search->proc, path, O_RDONLY | O_CLOEXEC);
	if (pagemap >= 0)
		look_at_mappings(search, directory, pagemap);
	descriptor_close(pagemap);
}

static int compare(const void *left, const void *right)
{
	const struct shared_page *a = left;
	const struct shared_page *b = right;

	return (a->frame > b->frame) - (a->frame < b->frame);
}

/* Add each page once. */
static void add_shared(struct search *search)
{
	if (search->shared_count > 0)
		qsort(search->shared, search->shared_count, sizeof(*search->shared), compare);
	for (size_t i = 0; i < search->shared_count; i++) {
		if (i == 0 || search->shared[i].frame != search->shared[i - 1].frame)
			search->private->pages[search->shared[i].pool]++;
	}
}

void private_huge_find(const struct hugepage_pool *pools, size_t count,
                       const struct tmpfs_list *mounts, struct private_huge *private)
{
	struct search search = {
		.pools = pools,
		.count = count,
		.mounts = mounts,
		.private = private,
		.proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC),
	};
	struct pid_list processes = { .count = 0 };

	*private = (struct private_huge){ .pages = { 0 } };
	memory_devices_find(&search.devices);
	if (search.proc >= 0)
		(void)pid_list_all(&processes);
	for (size_t i = 0; i < processes.count; i++)
		look_at_process(&search, processes.pids[i]);
	add_shared(&search);
	free(search.shared);
	pid_list_free(&processes);
	descriptor_close(search.proc);
}
