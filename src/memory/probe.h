/*
 * Touching the pages of an object, to see what happens.
 */
#ifndef SHMTOOL_MEMORY_PROBE_H
#define SHMTOOL_MEMORY_PROBE_H

#include "error.h"
#include "memory/memory.h"

#include <stdbool.h>
#include <stdint.h>

enum probe_result { PROBE_NOT_TOUCHED, PROBE_OK, PROBE_SIGBUS, PROBE_SIGSEGV, PROBE_RESULTS };

struct probe_request {
	uint64_t
	    offset;     /* of the first page in the object, in bytes, a multiple of its page size */
	uint64_t pages; /* how many, they may go beyond the object's end */
	bool touch;     /* or only tell the states */
	bool write;     /* write back what is read, at the first and last byte of each page */
};

/** The result for each page; to be freed with probe_free(). */
struct probe {
	uint64_t pages;
	uint8_t *results;      /* enum probe_result */
	uint8_t *states;       /* enum page_state, before it was touched; PAGE_HUGE after */
	bool residency_hidden; /* from this user: states tell only holes */
};

/**
 * Look at pages, and touch them if that is wanted. Reading leaves out the holes of an object in
 * memory, and pages of which that can't be told: a read fault would give them memory.
 *
 * @param memory   open for writing if that is wanted
 * @param request  what to do
 * @param probe    receives what was found
 * @return 0, or -1 with error set
 */
int probe_pages(struct memory *memory, const struct probe_request *request, struct probe *probe,
                struct error *error);

void probe_free(struct probe *probe);

#endif
