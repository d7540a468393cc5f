/*
 * The known objects and the processes that attach them, and the events that follow when operations
 * are applied to them, in the order in which they took effect.
 */
#ifndef SHMTOOL_EVENTS_TRACED_MODEL_H
#define SHMTOOL_EVENTS_TRACED_MODEL_H

#include "events/calls.h"
#include "events/source.h"
#include "events/traced_object.h"
#include "events/traced_queue.h"
#include "events/traced_task.h"

#include <time.h>

struct traced_model {
	bool calls;         /* report EVENT_CALLED, too */
	bool wants_all;     /* else only processes with is_wanted */
	uint64_t start;     /* events before this time are not reported; CLOCK_MONOTONIC */
	uint64_t epoch;     /* add it for nanoseconds since 1970 */
	uint64_t ipc;       /* inode of our IPC namespace */
	unsigned int kinds; /* that are traced */
	struct traced_tasks tasks;
	struct traced_objects objects;
	struct event_sink *sink; /* while operations are applied */
};

/** A system call that is traced. */
struct traced_call {
	const char *name;
	enum object_kind kind;
	bool at_entry;      /* it is queued when it is entered, see traced_queue.h */
	bool for_calls;     /* it changes nothing, so it is traced only to report calls */
	const char *filter; /* of the entry, unless all calls are reported; NULL: none */
	/** Apply a call that returned. */
	void (*apply)(struct traced_model *model, const struct traced_operation *operation);
};

/** The table of calls that are traced, in traced_calls.c; the last one has no name. */
extern const struct traced_call traced_calls[];

/** Apply an operation. The memory that it owns is freed. */
void traced_model_apply(struct traced_model *model, const struct traced_operation *operation);

/** The time of an operation in seconds since 1970. */
time_t traced_model_seconds(const struct traced_model *model,
                            const struct traced_operation *operation);

/**
 * Report an event.
 *
 * @param operation  that caused it
 * @param task       its thread; NULL: unknown
 * @param call       whether the event names the call
 * @param object     after the event; NULL: unknown
 * @param before     attaches or bytes; EVENT_UNKNOWN
 * @param after      the same
 */
void traced_model_report(struct traced_model *model, const struct traced_operation *operation,
                         const struct traced_task *task, bool call, enum event_type type,
                         const struct traced_object *object, uint64_t before, uint64_t after);

/**
 * Report the creation, just before an operation, of an object whose creation was not seen, or whose
 * creator has not returned yet. A segment is reported and left without attaches.
 *
 * @param object  with the values that were read
 */
void traced_model_created_late(struct traced_model *model, const struct traced_operation *operation,
                               struct traced_object *object);

/** Report that the number of attaches has changed, and the removal that may follow from it. */
void traced_model_attached(struct traced_model *model, const struct traced_operation *operation,
                           const struct traced_task *task, bool call, int id, int64_t change);

/**
 * Find the object of a call that has succeeded. If its creation was not seen, it becomes known, and its
 * creation is reported, only now.
 *
 * @param operation  a call
 * @return NULL if it does not exist
 */
struct traced_object *traced_model_find(struct traced_model *model,
                                        const struct traced_operation *operation, int id);

/**
 * Measure the time between the clocks. It changes if the clock is set or adjusted; small differences
 * come from the measurement, and would change the order of events.
 */
void traced_model_set_epoch(struct traced_model *model);

void traced_model_free(struct traced_model *model);

#endif
