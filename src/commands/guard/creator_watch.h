/*
 * The creators of new objects, as far as the kernel reveals them afterwards: the weaker way of
 * "guard --shared", for programs whose calls are not reported, see events/makers.h.
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
#ifndef SHMTOOL_COMMANDS_GUARD_CREATOR_WATCH_H
#define SHMTOOL_COMMANDS_GUARD_CREATOR_WATCH_H

#include "objects/object.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct seen_segment;
struct descendants;
struct fork_watch;
struct pid_life;
struct posix_makers;

/** All zero before creator_watch_begin(), except descendants, and descriptor, which is -1. */
struct creator_watch {
	const struct descendants *descendants; /* of the caller */
	struct pid_life *lives;                /* of descendants that have exited */
	size_t life_count;
	struct seen_segment *segments; /* sorted */
	size_t segment_count;
	uint64_t last_look;          /* start of the last scan, by process_clock() */
	struct posix_makers *makers; /* NULL if the kernel does not report them */
	bool makers_refused;         /* refused for lack of privilege */
	struct fork_watch *forks;    /* NULL if the kernel does not report them */
	int descriptor;              /* epoll(7) of both; -1 for none */
};

/** Begin to listen to the kernel. The objects that exist now are not new. */
void creator_watch_begin(struct creator_watch *watch);

/** Scan for new segments whose creator is currently a descendant of the caller. */
void creator_watch_look(struct creator_watch *watch);

/**
 * Do that with a list.
 *
 * @param begin  before the list was made, by process_clock()
 * @param all    it is complete
 */
void creator_watch_look_at(struct creator_watch *watch, const struct object_list *list,
                           uint64_t begin, bool all);

/** See shared_watch_ended(). */
void creator_watch_ended(struct creator_watch *watch, pid_t pid, uint64_t begin, uint64_t end);

/** Read the kernel's events. Call at once when the descriptor is readable. */
void creator_watch_read(struct creator_watch *watch);

/** Whether an object is proven to be created by a descendant. */
bool creator_watch_proves(const struct creator_watch *watch, const struct shm_object *object);

/** Whether a file is proven to be created by a descendant; file: its name in POSIX_DIRECTORY. */
bool creator_watch_proves_file(const struct creator_watch *watch, const char *file);

/** Why objects of a kind are not proven: "kept: ...". */
const char *creator_watch_why(const struct creator_watch *watch, enum object_kind kind);

void creator_watch_end(struct creator_watch *watch);

#endif
