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

struct makers;

struct program {
	struct child child;    /* pid 0: none */
	int gate;              /* a byte lets the program begin */
	struct makers *makers; /* of its objects, where no source names them; NULL: none */
	struct lineage lineage;
	struct used_objects used; /* by its processes */
};

/**
 * Start the program, which then waits. Prints errors, and a note if its calls will not be known.
 *
 * @param needs_makers  have the kernel notify us of the calls that make objects, events/makers.h
 * @return 0, or -1
 */
int program_start(struct program *program, const struct command_context *context,
                  bool needs_makers);

/** Those that listen to the calls of the program; NULL: none. */
struct makers *program_listener(const struct program *program);

/** A descriptor for poll(2), readable when program_read_makers() is due; -1: none. */
int program_makers_fd(const struct program *program);

/**
 * Let the calls that make objects go on, and find their objects.
 *
 * @param finish  for the last time: from then on, nothing is recorded
 */
void program_read_makers(struct program *program, bool finish);

/** Complete an event whose process is not known with the maker of its object. */
void program_complete(struct program *program, struct event *event);

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
