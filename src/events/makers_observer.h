/*
 * An observer of the calls of makers.h, which receives them in their order. It is called while the
 * caller still waits, so that it can look at the state that the call is about to change.
 */
#ifndef SHMTOOL_EVENTS_MAKERS_OBSERVER_H
#define SHMTOOL_EVENTS_MAKERS_OBSERVER_H

#include "events/makers_filter.h"
#include "objects/object.h"

#include <stdint.h>
#include <sys/types.h>

struct makers_observer {
	void *closure;
	/**
	 * A thread in our IPC namespace is about to make a call on System V objects, or to execute a
	 * program or exit.
	 *
	 * @param pid  of its process
	 */
	void (*called)(void *closure, pid_t pid, pid_t thread, enum making_call call,
	               const uint64_t arguments[6]);
	/** The latest call of a thread that can make an object has made one. */
	void (*made)(void *closure, pid_t thread, enum object_kind kind, int id);
};

#endif
