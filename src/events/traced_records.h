/*
 * The records of tracepoints, taken in the order of their times: they update the table of threads, and
 * become the operations of traced_queue.h.
 */
#ifndef SHMTOOL_EVENTS_TRACED_RECORDS_H
#define SHMTOOL_EVENTS_TRACED_RECORDS_H

#include "events/perf_rings.h"
#include "events/traced_model.h"
#include "events/traced_queue.h"
#include "events/tracepoint_format.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/** The tracepoints that are not of a call of traced_calls. */
enum point {
	POINT_FORK,
	POINT_EXEC,
	POINT_EXIT,
	POINT_ENTER_SETUID,
	POINT_ENTER_SETREUID,
	POINT_ENTER_SETRESUID,
	POINT_EXIT_SETUID,
	POINT_EXIT_SETREUID,
	POINT_EXIT_SETRESUID,
	POINT_CGROUP,
	POINTS
};

/** A tracepoint in use: the entry or the return of a call, or one of the others. */
struct tracepoint {
	struct tracepoint_format format;
	const struct traced_call *call; /* NULL: none */
	bool is_entry;
	enum point point;
};

/** A process that has called execve(2), read as soon as possible. */
struct glimpse {
	pid_t pid;
	uint64_t time; /* of the record */
	uid_t uid;     /* effective */
	struct shared_text *cmdline;
};

struct traced_records {
	struct traced_model *model;
	struct traced_queue queue;
	struct tracepoint points[TRACEPOINTS_MAX];
	size_t count;
	uint8_t by_number[1 << 16]; /* the index in points plus 1; 0: none */
	bool numbers_are_global;    /* we are in the initial pid namespace */
	pid_t own_pid;
	uint64_t own_user;        /* inode of our user namespace */
	bool has_lost;            /* records were lost since the last traced_records_sweep() */
	struct glimpse *glimpses; /* of records that have not been taken yet */
	size_t glimpse_count;
	/* Of threads outside our pid namespace, the namespaces of the one that starts now. */
	struct perf_record outside;
};

/** Whether a thread is in the caller's IPC namespace. */
bool traced_records_are_ours(const struct traced_records *records, const struct traced_task *task);

/** Read the facts that vanish with the process. A perf_glance_fn of struct traced_records. */
void traced_records_glance(void *closure, const struct perf_record *record);

/** Take the next record. */
void traced_records_take(struct traced_records *records, const struct perf_record *record);

/** Report that at least NUMBER records were lost. */
void traced_records_report_loss(struct traced_records *records, uint64_t time, uint64_t number);

/** After records were lost: end the threads that are gone. */
void traced_records_sweep(struct traced_records *records, uint64_t time);

void traced_records_free(struct traced_records *records);

#endif
