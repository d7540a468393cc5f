/*
 * Touching the pages of an object to find out which of them raise a signal.
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
	uint64_t pages; /* number of pages, which may extend beyond the object's end */
	bool touch;     /* or only determine the states */
	bool write;     /* write back the bytes read, the first and last one of each page */
};

/** The result for each page; to be freed with probe_free(). */
struct probe {
	uint64_t pages;
	uint8_t *results;      /* enum probe_result */
	uint8_t *states;       /* enum page_state, before the touch; PAGE_HUGE after it */
	bool residency_hidden; /* from this user: states only show holes */
};

/**
 * Examine pages, and touch them if requested. For reading, the holes of a memory object, and pages
 * that may be holes, are skipped: a read fault would allocate memory for them.
 *
 * @param memory   open for writing if requested
 * @param request  what to do
 * @param probe    receives the results
 * @return 0, or -1 with error set
 */
int probe_pages(struct memory *memory, const struct probe_request *request, struct probe *probe,
                struct error *error);

void probe_free(struct probe *probe);

#endif
