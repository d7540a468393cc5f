/*
 * Leaks of a program in a namespace that other processes use as well: objects that appear while it
 * runs, and whether they are proven to be created by it or its descendants.
 *
 * If the kernel reports the program's calls, events/makers.h proves it; otherwise creator_watch.h,
 * as far as it can.
 */
#ifndef SHMTOOL_COMMANDS_GUARD_SHARED_WATCH_H
#define SHMTOOL_COMMANDS_GUARD_SHARED_WATCH_H

#include "commands/guard/creator_watch.h"
#include "commands/guard/leaks.h"
#include "error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/** The time between two scans, in milliseconds. */
enum { SHARED_WATCH_PERIOD = 50 };

struct known_object;
struct makers;

/** All zero before shared_watch_begin(), except creators. */
struct shared_watch {
	const struct makers *program; /* its calls; NULL: not reported */
	struct known_object *before;  /* the existing objects, sorted */
	size_t before_count;
	struct creator_watch creators;
};

/**
 * Record the existing objects.
 *
 * @return 0, or -1 with error set: without it, new objects can't be recognised
 */
int shared_watch_begin(struct shared_watch *watch, struct error *error);

/** Scan for new segments whose creator is currently a descendant of the caller. */
void shared_watch_look(struct shared_watch *watch);

/**
 * Record that a descendant of the caller has just exited.
 *
 * @param pid    its pid
 * @param begin  its start, by process_clock()
 * @param end    a time before it was reaped
 */
void shared_watch_ended(struct shared_watch *watch, pid_t pid, uint64_t begin, uint64_t end);

/** Read the kernel's events. Call at once when the descriptor of creators is readable. */
void shared_watch_read(struct shared_watch *watch);

/**
 * Find the new objects that still exist, and remove those proven to be created by a descendant and
 * proven unused.
 *
 * @param leaks  receives all new objects with the action taken, free with leaks_free(), also after
 *               a failure
 * @return 0, or -1 with error set if not everything could be read
 */
int shared_watch_finish(struct shared_watch *watch, struct leak_list *leaks, struct error *error);

void shared_watch_free(struct shared_watch *watch);

#endif
