/*
 * Collectors: each measures a part, and adds its samples.
 */
#ifndef SHMTOOL_COMMANDS_METRICS_COLLECTOR_H
#define SHMTOOL_COMMANDS_METRICS_COLLECTOR_H

#include "cli/command.h"
#include "commands/metrics/exposition.h"
#include "error.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/** The parameters of a collection. */
struct metrics_request {
	unsigned int kinds; /* of objects and of limits: bits of KIND_BIT() */
	uint64_t top;       /* the number of owners and families to keep */
};

/**
 * Measure, and add samples. A value that is unknown has none. Prints notes.
 *
 * @param error  set on failure
 * @return 0, or -1 if something could not be read; the samples of the rest were added
 */
typedef int collect_fn(const struct command_context *context, const struct metrics_request *request,
                       struct exposition *exposition, struct error *error);

struct collector {
	const char *name; /* "objects" */
	collect_fn *collect;
};

/** The objects by kind, owner and family. */
collect_fn collect_objects;

/** All shared memory of the machine. */
collect_fn collect_memory;

/** The limits and their use. */
collect_fn collect_limits;

struct collector_result {
	bool is_success;
	double seconds; /* duration */
};

/**
 * Run a collector in a child process, since it enters namespaces and drops privileges. Prints
 * errors.
 *
 * @param exposition  receives the samples, none if the child ends too early
 */
struct collector_result collector_run(const struct command_context *context,
                                      const struct collector *collector,
                                      const struct metrics_request *request,
                                      struct exposition *exposition);

/** The time, for collector_seconds_since(). */
struct timespec collector_clock(void);

double collector_seconds_since(struct timespec begin);

#endif
