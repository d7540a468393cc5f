#include "base/clock.h"
#include "base/descriptor.h"
#include "base/memory.h"
#include "events/perf_rings.h"
#include "events/source.h"
#include "events/traced_check.h"
#include "events/traced_model.h"
#include "events/traced_records.h"
#include "events/tracepoint_format.h"
#include "system/process.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum { MILLISECOND = 1000000 };

/* Records are read this often, except that some wake the reader at once. */
enum { PERIOD = 50 * MILLISECOND };

/*
 * A record is written a moment after its time is taken; on a virtual machine, that may take longer.
 */
enum { WRITING = 2 * MILLISECOND };

/* A call that takes longer is not waited for: its events come when it returns. */
enum { LATE = 200 * MILLISECOND };

/* After this number of records, others may have filled the buffers. */
enum { MANY = 1024 };

static const struct tracepoint_name points[POINTS] = {
	[POINT_FORK] = { "task", "task_newtask", { "pid", "comm", "clone_flags" } },
	[POINT_EXEC] = { "sched", "sched_process_exec", { "filename", "old_pid" } },
	[POINT_EXIT] = { "sched", "sched_process_exit", { "pid" } },
	[POINT_ENTER_SETUID] = { "syscalls", "sys_enter_setuid", { "uid" } },
	[POINT_ENTER_SETREUID] = { "syscalls", "sys_enter_setreuid", { "euid" } },
	[POINT_ENTER_SETRESUID] = { "syscalls", "sys_enter_setresuid", { "euid" } },
	[POINT_EXIT_SETUID] = { "syscalls", "sys_exit_setuid", { "ret" } },
	[POINT_EXIT_SETREUID] = { "syscalls", "sys_exit_setreuid", { "ret" } },
	[POINT_EXIT_SETRESUID] = { "syscalls", "sys_exit_setresuid", { "ret" } },
	[POINT_CGROUP] = { "cgroup", "cgroup_attach_task", { "pid" } },
};

struct tracepoints {
	struct traced_model model;
	struct traced_records records;
	struct traced_check check;
	struct perf_rings *rings;
	long processors; /* that were online when they were opened */
	int timer;
	int epoll;
	int priority; /* of the program, before */
};

static void apply_until(struct tracepoints *tracepoints, uint64_t late)
{
	struct traced_operation operation;

	while (traced_queue_take(&tracepoints->records.queue, late, &operation))
		traced_model_apply(&tracepoints->model, &operation);
}

/* Start tracing. */
static int add_points(struct tracepoints *tracepoints, struct error *error)
{
	char filter[256];
	char own[64] = "";

	if (tracepoints->records.numbers_are_global)
		snprintf(own, sizeof(own), "common_pid != %d", tracepoints->records.own_pid);
	for (size_t i = 0; i < tracepoints->records.count; i++) {
		const struct tracepoint *point = &tracepoints->records.points[i];
		const char *calls =
		    point->call != NULL && point->is_entry && !tracepoints->model.calls
			? point->call->filter
			: NULL;
		/* A short program has to be looked at while it runs. */
		const bool wakes = point->call == NULL && point->point == POINT_EXEC;

		if (point->format.number == 0)
			continue;
		snprintf(filter, sizeof(filter), "%s%s%s%s%s", own,
		         own[0] != '\0' && calls != NULL ? " && " : "", calls != NULL ? "(" : "",
		         calls != NULL ? calls : "", calls != NULL ? ")" : "");
		tracepoints->records.by_number[point->format.number] = (uint8_t)(i + 1);
		if (perf_rings_add(tracepoints->rings, point->format.number, wakes,
		                   point->call != NULL && filter[0] != '\0' ? filter : NULL,
		                   error) < 0)
			return -1;
	}
	return 0;
}

/* Make a buffer for each processor that is online. */
static int open_rings(struct tracepoints *tracepoints, struct error *error)
{
	tracepoints->processors = sysconf(_SC_NPROCESSORS_ONLN);
	tracepoints->rings = perf_rings_open(error);
	return tracepoints->rings != NULL ? 0 : -1;
}

/* Copy the records from the buffers, so that these do not fill up. */
static void hold_records(void *state)
{
	struct tracepoints *tracepoints = state;

	perf_rings_look(tracepoints->rings, traced_records_glance, &tracepoints->records);
}

/* Take the records before a time, unless the sink is full; returns the time of the last one. */
static uint64_t take_records(struct tracepoints *tracepoints, uint64_t until,
                             const struct event_sink *sink)
{
	struct perf_record record = { .time = 0 };

	for (size_t count = 0; !event_sink_is_full(sink); count++) {
		if (count % MANY == 0)
			hold_records(tracepoints);
		if (!perf_rings_next(tracepoints->rings, until, &record))
			break;
		traced_records_take(&tracepoints->records, &record);
		apply_until(tracepoints, record.time > LATE ? record.time - LATE : 0);
	}
	return record.time;
}

/*
 * Continue with other buffers, which have been filled for some time already. The records before a time
 * are taken from the old ones, and later ones from the others; by then, all before it are written.
 */
static void replace_rings(struct tracepoints *tracepoints, struct perf_rings *old,
                          const struct event_sink *sink)
{
	const struct timespec writing = { .tv_nsec = WRITING };
	const uint64_t until = clock_nanoseconds(CLOCK_MONOTONIC);
	struct perf_rings *added = tracepoints->rings;
	struct epoll_event watch = { .events = EPOLLIN };
	struct perf_record record;

	(void)nanosleep(&writing, NULL);
	tracepoints->rings = old;
	(void)take_records(tracepoints, until, sink);
	tracepoints->rings = added;
	perf_rings_look(added, NULL, NULL);
	while (perf_rings_next(added, until, &record))
		;
	(void)epoll_ctl(tracepoints->epoll, EPOLL_CTL_ADD, perf_rings_fd(added), &watch);
	perf_rings_close(old);
}

/*
 * A processor that comes online later has no buffer, and one that went offline for a while no longer
 * fills its own: open all of them again.
 */
static void follow_processors(struct tracepoints *tracepoints, const struct event_sink *sink)
{
	struct perf_rings *old = tracepoints->rings;
	struct error error;

	if (sysconf(_SC_NPROCESSORS_ONLN) == tracepoints->processors)
		return;
	if (open_rings(tracepoints, &error) < 0 || add_points(tracepoints, &error) < 0) {
		perf_rings_close(tracepoints->rings);
		tracepoints->rings = old;
	} else {
		replace_rings(tracepoints, old, sink);
	}
	traced_records_report_loss(&tracepoints->records, clock_nanoseconds(CLOCK_MONOTONIC), 0);
}

static uint64_t read_tracepoints(void *state, bool finish, struct event_sink *sink)
{
	struct tracepoints *tracepoints = state;
	const uint64_t now = clock_nanoseconds(CLOCK_MONOTONIC);
	uint64_t until = finish ? UINT64_MAX : now - WRITING;
	uint64_t expirations;
	uint64_t last;
	uint64_t held;

	(void)!read(tracepoints->timer, &expirations, sizeof(expirations));
	traced_model_set_epoch(&tracepoints->model);
	tracepoints->model.sink = sink;
	last = take_records(tracepoints, until, sink);
	/* Later records are read the next time. */
	if (event_sink_is_full(sink))
		until = last > LATE ? last : LATE;
	apply_until(tracepoints, until == UINT64_MAX ? until : until - LATE);
	held = traced_queue_time(&tracepoints->records.queue);
	if (until == UINT64_MAX)
		return UINT64_MAX;
	if (held > until)
		held = until;
	if (traced_check_run(&tracepoints->check, &tracepoints->model, held)) {
		if (tracepoints->records.has_lost)
			traced_records_sweep(&tracepoints->records, now);
		follow_processors(tracepoints, sink);
	}
	return held + tracepoints->model.epoch;
}

/* Choose the tracepoints, in the order of their names. */
static void choose_points(struct tracepoints *tracepoints, const struct event_request *request,
                          unsigned int kinds, struct tracepoint_name names[TRACEPOINTS_MAX],
                          char texts[TRACEPOINTS_MAX][32])
{
	size_t count = 0;

	for (const struct traced_call *call = traced_calls; call->name != NULL; call++) {
		/* The calls also of kinds that another source reports. */
		const unsigned int traced = !call->for_calls ? kinds
		                            : request->calls ? request->kinds
		                                             : 0;

		if (!(traced & KIND_BIT(call->kind)))
			continue;
		for (int is_entry = 1; is_entry >= 0; is_entry--) {
			snprintf(texts[count], sizeof(texts[count]), "sys_%s_%s",
			         is_entry ? "enter" : "exit", call->name);
			names[count] = (struct tracepoint_name){ "syscalls", texts[count], { 0 } };
			tracepoints->records.points[count].call = call;
			tracepoints->records.points[count++].is_entry = is_entry;
		}
	}
	for (unsigned int point = 0; point < POINTS; point++) {
		names[count] = points[point];
		tracepoints->records.points[count++].point = point;
	}
	tracepoints->records.count = count;
}

/* Look up the numbers of the tracepoints. Kinds whose calls have none are dropped. */
static int find_points(struct tracepoints *tracepoints, const struct event_request *request,
                       unsigned int *kinds, struct error *error)
{
	struct tracepoint_name names[TRACEPOINTS_MAX];
	struct tracepoint_format formats[TRACEPOINTS_MAX];
	char texts[TRACEPOINTS_MAX][32];
	const unsigned int wanted = *kinds;

	choose_points(tracepoints, request, *kinds, names, texts);
	if (tracepoint_formats_read(names, tracepoints->records.count, formats, error) < 0)
		return -1;
	for (size_t i = 0; i < tracepoints->records.count; i++) {
		const struct tracepoint *point = &tracepoints->records.points[i];

		tracepoints->records.points[i].format = formats[i];
		if (formats[i].number == 0 && point->call != NULL && !point->call->for_calls)
			*kinds &= ~KIND_BIT(point->call->kind);
		if (formats[i].number == 0 && point->call == NULL && point->point <= POINT_EXIT)
			*kinds = 0;
		if (formats[i].number == 0)
			error_set(error, STATUS_FAILED, "the kernel lacks the tracepoint %s",
			          names[i].name);
	}
	return *kinds != 0 || wanted == 0 ? 0 : -1;
}

static bool any_is_attached(const struct traced_objects *objects)
{
	const struct traced_object *object;
	size_t at = 0;

	while ((object = number_table_next(&objects->tables[KIND_SHM], &at)) != NULL) {
		if (object->object.attaches > 0)
			return true;
	}
	return false;
}

/* The program runs already, but a /proc that is missing does not list it. */
static struct traced_task *find_program(struct traced_model *model, pid_t program)
{
	struct traced_task *task = traced_task_find(&model->tasks, (uint64_t)program);

	return task != NULL
	           ? task
	           : traced_task_discover(&model->tasks, program, program, (uint64_t)program);
}

/*
 * Read the objects and processes while events are recorded already. Those before the end of this
 * function update them, and are not reported.
 */
static void read_present(struct tracepoints *tracepoints, const struct event_request *request,
                         unsigned int kinds)
{
	struct traced_model *model = &tracepoints->model;

	traced_objects_read(&model->objects, kinds);
	traced_tasks_discover_all(&model->tasks);
	if (any_is_attached(&model->objects)) {
		const struct traced_task *task;
		size_t at = 0;

		while ((task = number_table_next(&model->tasks.table, &at)) != NULL) {
			if (task->tid == task->process->pid &&
			    traced_records_are_ours(&tracepoints->records, task))
				(void)traced_memory_read(task->process->memory, task->tid);
		}
	}
	if (request->program > 0)
		find_program(model, request->program)->process->is_wanted = true;
	model->kinds = kinds;
	model->start = clock_nanoseconds(CLOCK_MONOTONIC);
}

static void close_tracepoints(void *state)
{
	struct tracepoints *tracepoints = state;

	perf_rings_close(tracepoints->rings);
	(void)setpriority(PRIO_PROCESS, 0, tracepoints->priority);
	traced_records_free(&tracepoints->records);
	traced_check_free(&tracepoints->check);
	traced_model_free(&tracepoints->model);
	descriptor_close(tracepoints->timer);
	descriptor_close(tracepoints->epoll);
	free(tracepoints);
}

/*
 * Where all processors are busy, the program would not run often enough to empty the buffers: with
 * the usual priority, it loses a tenth of the events that a loop on each processor causes.
 */
static void raise_priority(struct tracepoints *tracepoints)
{
	enum { HIGHEST = -20 };
	const struct sched_param none = { .sched_priority = 0 };

	tracepoints->priority = getpriority(PRIO_PROCESS, 0);
	/* Child processes get the usual one. */
	(void)sched_setscheduler(0, SCHED_OTHER | SCHED_RESET_ON_FORK, &none);
	(void)setpriority(PRIO_PROCESS, 0, HIGHEST);
}

/* Prepare the descriptor to wait for. */
static int open_timer(struct tracepoints *tracepoints, struct error *error)
{
	const struct itimerspec period = { .it_interval.tv_nsec = PERIOD,
		                           .it_value.tv_nsec = PERIOD };
	struct epoll_event watch = { .events = EPOLLIN };

	tracepoints->epoll = epoll_create1(EPOLL_CLOEXEC);
	tracepoints->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (tracepoints->timer < 0 || tracepoints->epoll < 0 ||
	    timerfd_settime(tracepoints->timer, 0, &period, NULL) < 0 ||
	    epoll_ctl(tracepoints->epoll, EPOLL_CTL_ADD, tracepoints->timer, &watch) < 0 ||
	    epoll_ctl(tracepoints->epoll, EPOLL_CTL_ADD, perf_rings_fd(tracepoints->rings),
	              &watch) < 0)
		return error_set_errno(error, errno, "can't wait for events");
	return 0;
}

static int open_tracepoints(const struct event_request *request, unsigned int kinds, void **state,
                            unsigned int *opened, struct error *error)
{
	struct tracepoints *tracepoints = needed_array(1, sizeof(*tracepoints));
	struct stat own;

	tracepoints->timer = -1;
	tracepoints->epoll = -1;
	tracepoints->records.model = &tracepoints->model;
	raise_priority(tracepoints);
	tracepoints->records.own_pid = getpid();
	tracepoints->records.numbers_are_global = process_all_are_listed();
	tracepoints->model.calls = request->calls;
	tracepoints->model.wants_all = request->program == 0;
	tracepoints->model.start = UINT64_MAX;
	if (stat("/proc/self/ns/user", &own) == 0)
		tracepoints->records.own_user = own.st_ino;
	/* Without it, the events of other namespaces are not known from ours. */
	if (process_own_ipc_namespace(&own) < 0) {
		error_set_errno(error, errno, "the IPC namespace can't be inspected");
		close_tracepoints(tracepoints);
		return -1;
	}
	tracepoints->model.ipc = own.st_ino;
	if (open_rings(tracepoints, error) < 0 ||
	    find_points(tracepoints, request, &kinds, error) < 0 ||
	    add_points(tracepoints, error) < 0 || open_timer(tracepoints, error) < 0) {
		close_tracepoints(tracepoints);
		return -1;
	}
	read_present(tracepoints, request, kinds);
	*state = tracepoints;
	*opened = kinds;
	return 0;
}

static int tracepoints_fd(const void *state)
{
	return ((const struct tracepoints *)state)->epoll;
}

const struct event_source tracepoint_source = {
	.name = "tracepoints",
	.kinds = KINDS_SYSV,
	.calls = KIND_BIT(KIND_PMSG),
	.open = open_tracepoints,
	.fd = tracepoints_fd,
	.read = read_tracepoints,
	.hold = hold_records,
	.close = close_tracepoints,
};
