/*
 * Comparison of the known objects with the kernel, about once a second, to find changes that no
 * tracepoint reports: an attach that ends by munmap(2) or is split by mprotect(2), calls of 32-bit
 * programs on a 64-bit kernel, a segment removed by kernel.shm_rmid_forced, and lost records. A
 * difference counts if it is still there at the next comparison, without an event of the object in
 * between.
 */
#ifndef SHMTOOL_EVENTS_TRACED_CHECK_H
#define SHMTOOL_EVENTS_TRACED_CHECK_H

#include "events/number_table.h"
#include "events/traced_model.h"

#include <stdbool.h>
#include <stdint.h>

/** All zero before the first comparison. */
struct traced_check {
	uint64_t due;   /* of the next comparison; CLOCK_MONOTONIC */
	uint64_t last;  /* of the last one */
	uint64_t round; /* number of comparisons */
	/* A set: the kinds and ids of the objects in the last round that were not known. */
	struct number_table unknown;
};

/**
 * Compare, if it is time.
 *
 * @param known  all operations before this time have been applied; CLOCK_MONOTONIC
 * @return whether it was time
 */
bool traced_check_run(struct traced_check *check, struct traced_model *model, uint64_t known);

void traced_check_free(struct traced_check *check);

#endif
