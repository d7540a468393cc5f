/*
 * A progress line on a terminal: bytes, rate, time left.
 *
 * It appears only on a terminal, and only for operations that take longer than a second.
 */
#ifndef SHMTOOL_OUTPUT_PROGRESS_H
#define SHMTOOL_OUTPUT_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	bool wanted;
	bool shown;        /* a line is on the terminal */
	uint64_t total;    /* bytes, 0 if not known */
	uint64_t done;     /* bytes */
	uint64_t began;    /* nanoseconds of CLOCK_MONOTONIC */
	uint64_t shown_at; /* when the line was last shown, or the operation began */
};

/**
 * Begin. Nothing is shown at first.
 *
 * @param total   bytes to move, 0 if not known
 * @param wanted  false for no progress line; there is also none if standard error is not a terminal
 */
void progress_begin(struct progress *progress, uint64_t total, bool wanted);

/**
 * Record a step.
 *
 * @param bytes  moved by it
 */
void progress_step(struct progress *progress, uint64_t bytes);

/** Remove the line, if there is one. */
void progress_end(struct progress *progress);

#endif
