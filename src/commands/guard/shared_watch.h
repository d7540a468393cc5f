/*
 * Leaks of a program in a namespace that other processes use as well: objects that appear while it
 * runs, and whether they are proven to be created by it or its descendants.
 *
 * The kernel records the creator's pid of a System V segment. A pid proves something only together
 * with the time during which it belonged to a descendant: the process must be inspected while it
 * runs or before it is reaped. So segments are scanned periodically. If the creator is reaped by
 * its own parent before the next scan, the segment stays unproven, unless the kernel reports all
 * processes: see fork_watch.h.
 *
 * The kernel reports the creators of POSIX objects and named semaphores to root as they are
 * created: see maker_watch.h. The creators of queues and semaphore sets are not recorded.
 */
#ifndef SHMTOOL_COMMANDS_GUARD_SHARED_WATCH_H
#define SHMTOOL_COMMANDS_GUARD_SHARED_WATCH_H

#include "commands/guard/leaks.h"
#include "error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/** The time between two scans, in milliseconds. */
enum { SHARED_WATCH_PERIOD = 50 };

struct known_object;
struct seen_segment;
struct descendants;
struct fork_watch;
struct pid_life;
struct posix_makers;
struct makers;

/** All zero before shared_watch_begin(), except descendants and descriptor, which is -1. */
struct shared_watch {
	const struct descendants *descendants; /* of the caller */
	const struct makers *program;          /* its calls; NULL: not reported */
	struct known_object *before;           /* the existing objects, sorted */
	size_t before_count;
	struct pid_life *lives; /* of descendants that have exited */
	size_t life_count;
	struct seen_segment *segments; /* new ones, sorted */
	size_t segment_count;
	uint64_t last_look;          /* start of the last scan, by process_clock() */
	struct posix_makers *makers; /* NULL if the kernel does not report them */
	bool makers_refused;         /* refused for lack of privilege */
	struct fork_watch *forks;    /* NULL if the kernel does not report them */
	int descriptor;              /* epoll(7) of both; -1 for none */
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

/** Read the kernel's events. Call at once when the watch's descriptor is readable. */
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
