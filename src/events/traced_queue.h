/*
 * The operations that tracepoints report, in the order in which they take effect.
 *
 * A call takes effect between its entry and its return. A call that makes or attaches an object is
 * queued when it is entered, so that it comes before everything that others do with the result; all
 * others are queued when they return.
 */
#ifndef SHMTOOL_EVENTS_TRACED_QUEUE_H
#define SHMTOOL_EVENTS_TRACED_QUEUE_H

#include "events/event.h"
#include "events/traced_task.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum traced_type {
	TRACED_CALL,
	TRACED_FORK,    /* a new process */
	TRACED_EXEC,    /* execve(2) */
	TRACED_COMMAND, /* the name of a process has changed */
	TRACED_CHANGE,  /* the users or the control group of a process have changed */
	TRACED_EXIT,    /* of a thread */
};

struct traced_operation {
	enum traced_type type;
	bool has_ended; /* else its result is not known yet */
	uint64_t time;  /* when it takes effect; CLOCK_MONOTONIC, nanoseconds */
	uint64_t ended; /* when it had taken effect */
	struct traced_task *task;
	union {
		/* TRACED_CALL */
		struct {
			const struct traced_call *call;
			uint64_t arguments[EVENT_ARGUMENTS];
			int64_t result;
		};
		/* TRACED_FORK, of the parent */
		struct {
			struct traced_task *child;
			bool shares_memory;
		};
		/* TRACED_EXEC, TRACED_COMMAND, TRACED_CHANGE */
		struct {
			struct shared_text *cmdline; /* TRACED_EXEC; its reference */
			uid_t uid;                   /* not TRACED_COMMAND; (uid_t)-1: unknown */
			char command[COMMAND_SIZE];  /* not TRACED_CHANGE; empty: unchanged */
		};
	};
};

/** All zero is the empty queue. */
struct traced_queue {
	struct traced_operation *operations; /* a ring */
	size_t size;                         /* a power of two, or 0 */
	uint64_t first;                      /* number of the first operation */
	uint64_t end;                        /* number of the next one that is added */
};

/**
 * Append an operation.
 *
 * @return it, zeroed; valid until the next call
 */
struct traced_operation *traced_queue_add(struct traced_queue *queue);

/** Find an operation by its number; NULL if it is no longer in the queue. */
struct traced_operation *traced_queue_find(const struct traced_queue *queue, uint64_t number);

/**
 * Take out the first operation, if it has ended.
 *
 * @param late       operations that began before this time and have not ended are dropped
 * @param operation  receives it
 * @return false if there is none
 */
bool traced_queue_take(struct traced_queue *queue, uint64_t late,
                       struct traced_operation *operation);

/** The time of the first operation; UINT64_MAX if there is none. */
uint64_t traced_queue_time(const struct traced_queue *queue);

/** Free the queue, and the threads that have ended and are only in it. */
void traced_queue_free(struct traced_queue *queue);

#endif
