/*
 * The program of shmtool watch -- PROGRAM: it begins when watch listens, and only events of its
 * processes count.
 */
#ifndef SHMTOOL_COMMANDS_WATCH_PROGRAM_H
#define SHMTOOL_COMMANDS_WATCH_PROGRAM_H

#include "commands/shared/child.h"
#include "commands/watch/lineage.h"
#include "commands/watch/used_objects.h"
#include "events/event.h"

#include <stdbool.h>
#include <sys/types.h>

struct program {
	struct child child; /* pid 0: none */
	int gate;           /* a byte lets the program begin */
	struct lineage lineage;
	struct used_objects used; /* by its processes */
};

/**
 * Start the program, which then waits. Prints errors.
 *
 * @return 0, or -1
 */
int program_start(struct program *program, const struct command_context *context);

/** Let it begin. */
void program_begin(struct program *program);

/**
 * Whether an event was caused by the program or its descendants. If its process is unknown, it counts
 * if its object is one that they use or have used.
 */
bool program_caused(struct program *program, const struct event *event);

/** Whether the program has exited. */
bool program_has_exited(const struct program *program);

/**
 * Wait for its end, and free everything. If it has not begun, it never will.
 *
 * @return the status for shmtool, as of child_wait()
 */
int program_end(struct program *program, const struct command_context *context);

#endif
