/*
 * A set of objects, by their REFs: those that some processes use or have used.
 */
#ifndef SHMTOOL_COMMANDS_WATCH_USED_OBJECTS_H
#define SHMTOOL_COMMANDS_WATCH_USED_OBJECTS_H

#include "events/event.h"

#include <stdbool.h>

/** All zero is the empty set. */
struct used_objects {
	void *tree; /* of tsearch(3) */
};

void used_objects_add(struct used_objects *used, const struct shm_object *object);

/**
 * Look for the object of an event, and keep the set in step with it: an object that one of the
 * processes uses is added, one that is removed is dropped.
 *
 * @param is_own  the event was caused by one of the processes
 * @return whether the object was in the set before the event, or is_own
 */
bool used_objects_follow(struct used_objects *used, const struct event *event, bool is_own);

void used_objects_free(struct used_objects *used);

#endif
