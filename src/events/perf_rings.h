/*
 * Buffers that the kernel fills with records of tracepoints, one for each processor:
 * perf_event_open(2). The records of all processors are returned in the order of their times.
 */
#ifndef SHMTOOL_EVENTS_PERF_RINGS_H
#define SHMTOOL_EVENTS_PERF_RINGS_H

#include "error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct perf_event_header;
struct perf_rings;

enum perf_type {
	PERF_TRACEPOINT,
	PERF_COMMAND,    /* the name of a thread has changed, also by execve(2) */
	PERF_NAMESPACES, /* of a new thread, or of one that has changed its own */
	PERF_LOST,       /* records were lost */
	PERF_OTHER,
};

struct perf_record {
	enum perf_type type;
	uint64_t time; /* CLOCK_MONOTONIC, nanoseconds */
	/* The thread that was running, in our pid namespace; 0: it is outside. */
	pid_t pid;
	pid_t tid;
	/* The thread that the record is about: PERF_COMMAND, PERF_NAMESPACES. */
	pid_t about_pid;
	pid_t about_tid;
	const char *command; /* PERF_COMMAND */
	bool by_exec;        /* PERF_COMMAND: by execve(2) */
	uint64_t ipc;        /* PERF_NAMESPACES: inode of the IPC namespace; 0: unknown */
	uint64_t user;       /* the same of the user namespace */
	uint64_t lost;       /* PERF_LOST: number of records */
	const void *data;    /* PERF_TRACEPOINT: raw data */
	size_t size;         /* of it, in bytes */
};

/**
 * Take a record of the kernel apart.
 *
 * @param header  of the record; its size includes the header
 * @param body    what follows the header
 * @param record  receives what it reports; borrows from body
 */
void perf_record_parse(const struct perf_event_header *header, const char *body,
                       struct perf_record *record);

/**
 * Create the buffers.
 *
 * @param error  receives why not
 * @return free with perf_rings_close(); NULL with error set
 */
struct perf_rings *perf_rings_open(struct error *error);

/**
 * Add a tracepoint.
 *
 * @param number  of the tracepoint
 * @param wakes   make the descriptor readable with each record, not only when buffers fill up
 * @param filter  expression of Documentation/trace/events.rst; a kernel that does not accept it
 *                reports all records; NULL: none
 * @return 0, or -1 with error set
 */
int perf_rings_add(struct perf_rings *rings, unsigned int number, bool wakes, const char *filter,
                   struct error *error);

/** A descriptor for poll(2), readable from time to time when there may be records. */
int perf_rings_fd(const struct perf_rings *rings);

/** See a record of the tracepoint that wakes the reader. It is valid until the function returns. */
typedef void perf_glance_fn(void *closure, const struct perf_record *record);

/**
 * Copy what the kernel has written, so that its buffers do not fill up: to be called often while many
 * records are processed. Up to 256 MiB are held. perf_rings_next() returns the records that were copied.
 * The record that it returned last may be used no longer.
 *
 * @param glance  called at once, in no particular order, for each new record of tracepoints that
 *                wake the reader; NULL: nothing
 */
void perf_rings_look(struct perf_rings *rings, perf_glance_fn *glance, void *closure);

/**
 * The next record of all processors.
 *
 * @param until   records from this time on stay for later
 * @param record  receives the record; valid until the next call
 * @return false if there is none
 */
bool perf_rings_next(struct perf_rings *rings, uint64_t until, struct perf_record *record);

void perf_rings_close(struct perf_rings *rings);

#endif
