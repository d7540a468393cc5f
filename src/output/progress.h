/*
 * A line on a terminal that tells how far something got: bytes, rate, time left.
 *
 * It appears only on a terminal, and only when something takes longer than a second.
 */
#ifndef SHMTOOL_OUTPUT_PROGRESS_H
#define SHMTOOL_OUTPUT_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	bool wanted;
	bool shown;     /* a line stands there */
	uint64_t total; /* bytes, 0 if not known */
	uint64_t done;  /* bytes */
	uint64_t began; /* nanoseconds of CLOCK_MONOTONIC */
	uint64_t told;  /* when it was last told, or began */
};

/**
 * Begin. Nothing is shown yet.
 *
 * @param total   bytes that there are to be moved, 0 if that is not known
 * @param wanted  false for none at all; it is also off where standard error is no terminal
 */
void progress_begin(struct progress *progress, uint64_t total, bool wanted);

/**
 * Take a step into account.
 *
 * @param bytes  that were moved by it
 */
void progress_step(struct progress *progress, uint64_t bytes);

/** Take the line away, if there is one. */
void progress_end(struct progress *progress);

#endif
