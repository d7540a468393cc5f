/*
 * A progress line on a terminal: bytes or objects, their share of the total, rate, time left.
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
	const char *unit;  /* plural: "objects"; NULL for bytes */
	bool is_bound;     /* there may be less than the total */
	uint64_t total;    /* in the unit, 0 if not known */
	uint64_t done;     /* in the unit */
	uint64_t began;    /* nanoseconds of CLOCK_MONOTONIC */
	uint64_t shown_at; /* when the line was last shown, or the operation began */
};

/**
 * Begin with bytes. Nothing is shown at first. The members unit and is_bound may be set afterwards.
 *
 * @param total   bytes to move, 0 if not known
 * @param wanted  false for no progress line; there is also none if standard error is not a terminal
 */
void progress_begin(struct progress *progress, uint64_t total, bool wanted);

/**
 * Record a step.
 *
 * @param amount  done by it, in the unit
 */
void progress_step(struct progress *progress, uint64_t amount);

/** Remove the line, if there is one. Another step may show it again. */
void progress_end(struct progress *progress);

#endif
