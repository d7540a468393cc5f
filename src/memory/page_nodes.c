#include "memory/page_nodes.h"

#include "memory/fault.h"
#include "memory/mapping.h"
#include "system/linux.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
	WINDOW_PAGES = 1 << 14, /* mapped at a time: 64 MiB of base pages */
	CHUNK = 512,            /* pages that one call asks for */
};

struct count {
	struct memory *memory;
	const struct numa_nodes *nodes;
	uint64_t *counts;
	uint64_t per_page; /* base pages in a page */
};

static void count_page(const struct count *count, int node)
{
	for (size_t i = 0; i < count->nodes->count; i++) {
		if (count->nodes->numbers[i] == node)
			count->counts[i] += count->per_page;
	}
}

/* Enter pages that are in memory into the page tables. */
static void enter(char *address, uint64_t pages, uint64_t page_bytes)
{
	int signal;

	if (madvise(address, pages * page_bytes, MADV_POPULATE_READ) < 0 && errno == EINVAL)
		(void)fault_touch(address, pages, page_bytes, false, &signal);
}

/* Count pages that are all in memory. Returns 0, or -1 with errno. */
static int count_run(const struct count *count, char *address, uint64_t pages)
{
	const uint64_t page_bytes = count->memory->page_bytes;
	void *addresses[CHUNK];
	int statuses[CHUNK];

	enter(address, pages, page_bytes);
	for (uint64_t done = 0; done < pages;) {
		size_t chunk = CHUNK;

		if (pages - done < chunk)
			chunk = (size_t)(pages - done);
		for (size_t i = 0; i < chunk; i++)
			addresses[i] = address + (done + i) * page_bytes;
		if (numa_find_nodes(chunk, addresses, statuses) < 0)
			return -1;
		for (size_t i = 0; i < chunk; i++)
			count_page(count, statuses[i]);
		done += chunk;
	}
	return 0;
}

/* Count the pages of a window that are in memory. Returns 0, or -1 with errno. */
static int count_window(const struct count *count, char *address, uint64_t pages)
{
	static unsigned char resident[WINDOW_PAGES];
	uint64_t run;

	/* For huge pages, mincore(2) reports only what is in the page tables. */
	if (count->per_page > 1)
		return count_run(count, address, pages);
	if (mincore(address, pages * count->memory->page_bytes, resident) < 0)
		return -1;
	for (uint64_t i = 0; i < pages; i += run) {
		run = 1;
		while (i + run < pages && (resident[i + run] & 1) == (resident[i] & 1))
			run++;
		if ((resident[i] & 1) != 0 &&
		    count_run(count, address + i * count->memory->page_bytes, run) < 0)
			return -1;
	}
	return 0;
}

int page_nodes_count(struct memory *memory, const struct numa_nodes *nodes, uint64_t offset,
                     uint64_t length, uint64_t *counts, struct error *error)
{
	const uint64_t page = memory->page_bytes;
	const struct count count = {
		.memory = memory,
		.nodes = nodes,
		.counts = counts,
		.per_page = page / (uint64_t)sysconf(_SC_PAGESIZE),
	};
	uint64_t end = mapping_round_up(memory->bytes, page);

	memset(counts, 0, nodes->count * sizeof(*counts));
	if (offset >= end)
		return 0;
	if (length < end - offset)
		end = offset + mapping_round_up(length, page);
	while (offset < end) {
		struct mapping_request request = { .offset = offset, .protection = PROT_READ };
		struct mapping mapping;
		char *address;
		int failure = 0;

		request.length =
		    end - offset < WINDOW_PAGES * page ? end - offset : WINDOW_PAGES * page;
		if (memory_map(memory, &request, &mapping, &address, error) < 0)
			return -1;
		if (count_window(&count, address, request.length / page) < 0)
			failure = errno;
		mapping_end(&mapping);
		if (failure != 0)
			return error_set_errno(error, failure,
			                       "the nodes of its pages can't be found");
		offset += request.length;
	}
	return 0;
}
