#include "memory/probe.h"

#include "memory/fault.h"
#include "memory/mapping.h"
#include "memory/page_state.h"
#include "objects/shortage.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static bool is_left_out(const struct memory *memory, const struct probe_request *request,
                        uint8_t state)
{
	if (request->write || memory->on_disk)
		return false;
	/* Whether a huge page is resident is not always known. */
	return (state & PAGE_HOLE) || state == PAGE_HUGE;
}

/* The number of pages, from the first one on, that are all touched or all skipped. */
static uint64_t run_length(const struct memory *memory, const struct probe_request *request,
                           const struct probe *probe, uint64_t first, bool left_out)
{
	uint64_t count = 1;

	while (first + count < probe->pages &&
	       is_left_out(memory, request, probe->states[first + count]) == left_out)
		count++;
	return count;
}

static void touch_run(char *mapping, uint64_t page_bytes, bool write, struct probe *probe,
                      uint64_t first, uint64_t count)
{
	uint64_t done = 0;

	mapping_expect(mapping + first * page_bytes, count * page_bytes, write);
	while (done < count) {
		int signal;
		size_t fine = fault_touch(mapping + (first + done) * page_bytes, count - done,
		                          page_bytes, write, &signal);

		for (size_t i = 0; i < fine; i++)
			probe->results[first + done + i] = PROBE_OK;
		done += fine;
		if (done < count)
			probe->results[first + done++] =
			    signal == SIGBUS ? PROBE_SIGBUS : PROBE_SIGSEGV;
	}
}

static void touch_all(char *mapping, const struct memory *memory,
                      const struct probe_request *request, struct probe *probe)
{
	uint64_t done = 0;

	while (done < probe->pages) {
		bool left_out = is_left_out(memory, request, probe->states[done]);
		uint64_t count = run_length(memory, request, probe, done, left_out);

		if (!left_out)
			touch_run(mapping, memory->page_bytes, request->write, probe, done, count);
		done += count;
	}
}

/* Where the pages are mapped, and what to unmap at the end. */
struct place {
	struct mapping mapping;
	char *first;     /* page */
	char *reserved;  /* NULL if nothing was reserved */
	uint64_t length; /* of it in bytes */
};

/*
 * A mapping of a segment never extends beyond its end. The memory after it belongs to whatever is
 * mapped there, usually nothing, so nothing is mapped there here either.
 */
static int place_segment(const struct memory *memory, const struct probe_request *request,
                         int protection, struct place *place, struct error *error)
{
	uint64_t size = mapping_round_up(memory->bytes, memory->page_bytes);
	uint64_t end = request->offset + request->pages * memory->page_bytes;
	struct mapping_request wanted = {
		.length = memory->bytes,
		.page_bytes = memory->page_bytes,
		.protection = protection,
		.at_given = true,
		.replace = true,
	};

	/* Room to align the start to a huge page. */
	place->length = (end > size ? end : size) + memory->page_bytes;
	if (place->length > PTRDIFF_MAX)
		place->reserved = MAP_FAILED;
	else
		place->reserved = mmap(NULL, place->length, PROT_NONE,
		                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (place->reserved == MAP_FAILED) {
		place->reserved = NULL;
		return error_set(error, STATUS_FAILED,
		                 "not enough address space for %" PRIu64 " bytes", place->length);
	}
	wanted.at = mapping_round_up((uintptr_t)place->reserved, memory->page_bytes);
	if (mapping_of_segment(memory->id, &wanted, &place->mapping, error) < 0)
		return -1;
	place->first = place->mapping.address + request->offset;
	return 0;
}

static int place_file(const struct memory *memory, const struct probe_request *request,
                      int protection, struct place *place, struct error *error)
{
	const struct mapping_request wanted = {
		.offset = request->offset,
		.length = request->pages * memory->page_bytes,
		.page_bytes = memory->page_bytes,
		.protection = protection,
	};

	if (mapping_of_file(memory->fd, &wanted, &place->mapping, error) < 0)
		return -1;
	place->first = place->mapping.address;
	return 0;
}

static void leave(struct place *place)
{
	mapping_end(&place->mapping);
	if (place->reserved != NULL)
		munmap(place->reserved, place->length);
}

int probe_pages(struct memory *memory, const struct probe_request *request, struct probe *probe,
                struct error *error)
{
	const int protection = request->write ? PROT_READ | PROT_WRITE : PROT_READ;
	struct place place = { .reserved = NULL };
	int result;

	if (shortage_check_memory(2 * request->pages, error) < 0)
		return -1;
	probe->pages = request->pages;
	probe->results = calloc(request->pages + 1, sizeof(*probe->results));
	probe->states = calloc(request->pages + 1, sizeof(*probe->states));
	if (probe->results == NULL || probe->states == NULL) {
		probe_free(probe);
		return error_set(error, STATUS_FAILED, "not enough memory for %" PRIu64 " pages",
		                 request->pages);
	}
	probe->residency_hidden = false;
	if (request->pages == 0)
		return 0;
	if (memory->is_segment)
		result = place_segment(memory, request, protection, &place, error);
	else
		result = place_file(memory, request, protection, &place, error);
	if (result == 0) {
		probe->residency_hidden = !page_states(memory, place.first, request->offset,
		                                       request->pages, probe->states);
		if (request->touch) {
			touch_all(place.first, memory, request, probe);
			page_states_add_huge(place.first, request->pages, memory->page_bytes,
			                     probe->states);
		}
	} else {
		probe_free(probe);
	}
	leave(&place);
	return result;
}

void probe_free(struct probe *probe)
{
	free(probe->results);
	free(probe->states);
	probe->results = NULL;
	probe->states = NULL;
}
