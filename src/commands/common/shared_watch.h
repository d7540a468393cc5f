/*
 * What a program leaves behind in a namespace that others use, too: what appears while it runs, and
 * for which of that it is proven that it or a process that comes from it has made it.
 *
 * The kernel tells the creator of a System V segment, by its pid, and of nothing else. A pid proves
 * something only together with the time in which it was a descendant's: the process must be looked at
 * while it lives, or when it has ended and was not yet waited for. So segments are looked for again
 * and again, and what made one and was gone, waited for by a parent of its own, before the next look,
 * stays unproven.
 */
#ifndef SHMTOOL_COMMANDS_COMMON_SHARED_WATCH_H
#define SHMTOOL_COMMANDS_COMMON_SHARED_WATCH_H

#include "commands/common/leaks.h"
#include "error.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

/** Between two looks, in milliseconds. */
enum { SHARED_WATCH_PERIOD = 50 };

struct known_object;
struct process_life;

/** All zero before shared_watch_begin(). */
struct shared_watch {
	struct known_object *before; /* what there was, sorted */
	size_t before_count;
	struct process_life *lives; /* of descendants that have ended */
	size_t life_count;
	int *proven; /* ids of segments that descendants have made */
	size_t proven_count;
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
 * @param begin  when it began, seconds since 1970
 */
void shared_watch_ended(struct shared_watch *watch, pid_t pid, time_t begin);

/**
 * Find what is new and still there, and remove the segments that were proven to be a descendant's
 * and that nobody has attached.
 *
 * @param leaks  receives everything new with what was done about it, to be freed with leaks_free()
 *               also after a failure
 * @return 0, or -1 with error set if not all could be looked at
 */
int shared_watch_finish(struct shared_watch *watch, struct leak_list *leaks, struct error *error);

void shared_watch_free(struct shared_watch *watch);

#endif
