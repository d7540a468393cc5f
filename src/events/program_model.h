/*
 * The System V objects and the processes of a program whose calls are known before they take effect:
 * the state of the kernel shows later which calls have succeeded, and these are applied to the model
 * of traced_model.h.
 */
#ifndef SHMTOOL_EVENTS_PROGRAM_MODEL_H
#define SHMTOOL_EVENTS_PROGRAM_MODEL_H

#include "events/traced_model.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct pending_call;

struct program_model {
	struct traced_model model;
	struct pending_call *first; /* whose success has not been seen: the earliest */
};

/**
 * Find a thread, or add it and its process, which may have inherited attaches.
 *
 * @return NULL if the process was not known and has no attaches, and only_attached
 */
struct traced_task *program_model_task(struct program_model *program, pid_t pid, pid_t thread,
                                       bool only_attached);

/** Add a call that a thread is about to make. */
void program_model_add(struct program_model *program, struct traced_task *task,
                       const struct traced_call *call, const uint64_t arguments[EVENT_ARGUMENTS]);

/** A call of a thread has made an object. */
void program_model_made(struct program_model *program, pid_t thread, enum object_kind kind, int id);

/** All calls of a thread have returned: drop those that have failed. */
void program_model_returned(struct program_model *program, const struct traced_task *task);

/** Drop the calls that began before a time, CLOCK_MONOTONIC: they have failed. */
void program_model_expire(struct program_model *program, uint64_t time);

/** Find out which calls on objects have succeeded. */
void program_model_look(struct program_model *program);

/** Find out which attaches of a process have changed, and whether it runs another program. */
void program_model_settle(struct program_model *program, struct traced_task *task);

/**
 * Do that for all processes that have attaches or are attaching or detaching a segment.
 *
 * @param id  of a segment; -1: any
 */
void program_model_settle_all(struct program_model *program, int id);

/** Do that for the processes that are attaching a segment. */
void program_model_settle_attaching(struct program_model *program, int id);

/** Remove the threads that have exited. */
void program_model_sweep(struct program_model *program);

/** The time of the earliest call whose success has not been seen; UINT64_MAX: none. */
uint64_t program_model_pending(const struct program_model *program);

void program_model_free(struct program_model *program);

#endif
