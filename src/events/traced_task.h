/*
 * The threads and processes of the machine, as tracepoints describe them: their IPC namespaces, the
 * segments that they have attached, and the facts for the events of a process that may be gone.
 */
#ifndef SHMTOOL_EVENTS_TRACED_TASK_H
#define SHMTOOL_EVENTS_TRACED_TASK_H

#include "events/event.h"
#include "events/number_table.h"
#include "events/shared_text.h"
#include "events/traced_memory.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct traced_process {
	unsigned int threads;
	pid_t pid; /* in our namespace; 0: outside */
	uid_t uid; /* effective; (uid_t)-1: unknown */
	char command[COMMAND_SIZE];
	struct shared_text *cmdline;
	struct shared_text *cgroup;
	bool is_stale;       /* its user may have changed since it was read */
	bool is_wanted;      /* its events are reported */
	bool borrows_memory; /* of its parent, known only to program_model.h */
	struct traced_memory *memory;
	/* The POSIX queue that it used last. */
	int queue;                      /* descriptor */
	struct shared_text *queue_name; /* NULL: none */
};

struct traced_call;

struct traced_task {
	uint64_t key; /* traced_task_key() */
	pid_t tid;    /* in our namespace; 0: outside */
	struct traced_process *process;
	uint64_t ipc;  /* inode of its IPC namespace; 0: unknown */
	uint64_t user; /* of its user namespace; 0: unknown */
	/* The system call that it is in. */
	const struct traced_call *call; /* NULL: none */
	uint64_t entered;               /* when; CLOCK_MONOTONIC, nanoseconds */
	uint64_t operation;             /* its number in the queue, if it has one */
	uint64_t arguments[EVENT_ARGUMENTS];
	/* The thread that it is about to start; 0: unknown. */
	pid_t new_tid;
	uint64_t new_ipc;
	uint64_t new_user;
	uid_t new_uid;                  /* its effective user after the setuid(2) that it is in */
	char new_command[COMMAND_SIZE]; /* its name after the execve(2) that it is in */
};

/** All threads that run; all zero is none. */
struct traced_tasks {
	struct number_table table; /* struct traced_task by key */
};

/**
 * The key of a thread: its number in our pid namespace or, if it is outside, in the initial one.
 */
uint64_t traced_task_key(pid_t tid, pid_t global);

/** Find a thread; NULL if it is not known. */
struct traced_task *traced_task_find(const struct traced_tasks *tasks, uint64_t key);

/**
 * Add a thread that must not be in the table.
 *
 * @param process  that it belongs to; NULL: a new one, with its own empty memory
 * @param pid      of a new process
 */
struct traced_task *traced_task_add(struct traced_tasks *tasks, uint64_t key, pid_t tid,
                                    struct traced_process *process, pid_t pid);

/** Remove a thread from the table. It is still valid until traced_task_free(). */
void traced_task_remove(struct traced_tasks *tasks, const struct traced_task *task);

/** Free a thread that has been removed, and its process if it was the last one. */
void traced_task_free(struct traced_task *task);

/** Free all threads. */
void traced_tasks_free(struct traced_tasks *tasks);

/**
 * Add a thread that was running already, from /proc: with its process and the other threads.
 *
 * @return it; if it is gone, all about it is unknown
 */
struct traced_task *traced_task_discover(struct traced_tasks *tasks, pid_t pid, pid_t tid,
                                         uint64_t key);

/** Add all processes of /proc. */
void traced_tasks_discover_all(struct traced_tasks *tasks);

/**
 * Read the user and the control group again, which may have changed.
 *
 * @return whether the process still runs
 */
bool traced_process_refresh(struct traced_process *process);

/** A fork(2): take over the parent's facts and, unless it is shared, a copy of its memory. */
void traced_process_inherit(struct traced_process *child, const struct traced_process *parent,
                            bool shares_memory);

/**
 * The name of the POSIX queue that a running process has open.
 *
 * @param is_new  the descriptor has just been opened
 * @return NULL if it is unknown
 */
const char *traced_process_queue(struct traced_process *process, int fd, bool is_new);

/** Describe a process for an event. */
void traced_process_describe(const struct traced_process *process, struct event_process *described);

#endif
