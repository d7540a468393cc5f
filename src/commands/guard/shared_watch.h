/*
 * Leaks of a program in a namespace that others use, too: objects that appear while it runs, and
 * for which of that it is proven that it or a process that comes from it has made it.
 *
 * The kernel keeps the creator of a System V segment, by its pid. A pid proves something only together
 * with the time in which it was a descendant's: the process must be looked at while it lives, or when
 * it has ended and was not yet waited for. So segments are looked for again and again, and what made
 * one and was gone, waited for by a parent of its own, before the next look, stays unproven, unless
 * the kernel tells of all processes: see fork_watch.h.
 *
 * Who makes a POSIX object or a named semaphore the kernel tells at that moment, to root: see
 * maker_watch.h. Of queues and semaphore sets nothing tells it.
 */
#ifndef SHMTOOL_COMMANDS_GUARD_SHARED_WATCH_H
#define SHMTOOL_COMMANDS_GUARD_SHARED_WATCH_H

#include "commands/guard/leaks.h"
#include "error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/** Between two looks, in milliseconds. */
enum { SHARED_WATCH_PERIOD = 50 };

struct known_object;
struct seen_segment;
struct family;
struct pid_life;
struct posix_makers;

/** All zero before shared_watch_begin(), but for descriptor, which is -1. */
struct shared_watch {
	struct known_object *before; /* what there was, sorted */
	size_t before_count;
	size_t before_capacity;
	bool is_short;          /* of memory for it */
	struct pid_life *lives; /* of descendants that have ended */
	size_t life_count;
	struct seen_segment *segments; /* new ones, sorted */
	size_t segment_count;
	uint64_t last_look;          /* when it began, by process_clock() */
	struct posix_makers *makers; /* NULL if the kernel does not tell */
	bool makers_refused;         /* it would tell somebody else */
	struct family *family;       /* NULL if the kernel does not tell */
	int descriptor;              /* of both, epoll(7); -1 for none */
};

/**
 * Remember what there is.
 *
 * @return 0, or -1 with error set: without that, nothing can be told from what comes
 */
int shared_watch_begin(struct shared_watch *watch, struct error *error);

/** Look for new segments whose creator is a descendant of the caller at this moment. */
void shared_watch_look(struct shared_watch *watch);

/**
 * Note that a descendant of the caller has ended just now.
 *
 * @param pid    of it
 * @param begin  when it began, by process_clock()
 * @param end    when it still was not waited for
 */
void shared_watch_ended(struct shared_watch *watch, pid_t pid, uint64_t begin, uint64_t end);

/** Read what the kernel has told, of which the watch's descriptor tells; must be done at once. */
void shared_watch_read(struct shared_watch *watch);

/**
 * Find what is new and still there, and remove what was proven to be a descendant's and is proven to
 * be unused.
 *
 * @param leaks  receives everything new with what was done about it, to be freed with leaks_free()
 *               also after a failure
 * @return 0, or -1 with error set if not all could be looked at
 */
int shared_watch_finish(struct shared_watch *watch, struct leak_list *leaks, struct error *error);

void shared_watch_free(struct shared_watch *watch);

#endif
