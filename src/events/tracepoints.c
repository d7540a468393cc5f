#include "base/descriptor.h"
#include "base/memory.h"
#include "events/perf_rings.h"
#include "events/source.h"
#include "events/traced_model.h"
#include "events/tracepoint_format.h"
#include "system/process.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { MILLISECOND = 1000000, SECOND = 1000000000 };

/* Records are read this often, except that some wake the reader at once. */
enum { PERIOD = 50 * MILLISECOND };

/*
 * A record is written a moment after its time is taken; on a virtual machine, that may take longer.
 */
enum { WRITING = 2 * MILLISECOND };

/* A call that takes longer is not waited for: its events come when it returns. */
enum { LATE = 200 * MILLISECOND };

/* The tracepoints that are not of a call of traced_calls. */
enum point {
	POINT_FORK,
	POINT_EXEC,
	POINT_EXIT,
	POINT_SETUID,
	POINT_SETREUID,
	POINT_SETRESUID,
	POINTS
};

static const struct tracepoint_name points[POINTS] = {
	[POINT_FORK] = { "task", "task_newtask", { "pid", "comm", "clone_flags" } },
	[POINT_EXEC] = { "sched", "sched_process_exec", { "filename", "old_pid" } },
	[POINT_EXIT] = { "sched", "sched_process_exit", { "pid" } },
	[POINT_SETUID] = { "syscalls", "sys_exit_setuid", { "ret" } },
	[POINT_SETREUID] = { "syscalls", "sys_exit_setreuid", { "ret" } },
	[POINT_SETRESUID] = { "syscalls", "sys_exit_setresuid", { "ret" } },
};

/* A tracepoint in use: the entry or the return of a call, or one of the others. */
struct tracepoint {
	struct tracepoint_format format;
	const struct traced_call *call; /* NULL: none */
	bool is_entry;
	enum point point;
};

/* The command line of a process that has called execve(2), read as soon as possible. */
struct glimpse {
	pid_t pid;
	uint64_t time; /* of the record */
	struct shared_text *cmdline;
};

struct tracepoints {
	struct traced_model model;
	struct traced_queue queue;
	struct perf_rings *rings;
	struct tracepoint points[TRACEPOINTS_MAX];
	size_t count;
	uint8_t by_number[1 << 16]; /* the index in points plus 1; 0: none */
	int timer;
	int epoll;
	bool numbers_are_global; /* we are in the initial pid namespace */
	pid_t own_pid;
	struct glimpse *glimpses; /* of records that have not been taken yet */
	size_t glimpse_count;
	/* Of threads outside our pid namespace, the IPC namespace of the one that starts now. */
	struct perf_record outside;
};

/* The fields of all tracepoints, and the kernel's number of the thread that was running. */
enum { COMMON_PID_OFFSET = 4 };

static pid_t global_pid(const struct perf_record *record)
{
	int32_t pid = 0;

	if (record->size >= COMMON_PID_OFFSET + sizeof(pid))
		memcpy(&pid, (const char *)record->data + COMMON_PID_OFFSET, sizeof(pid));
	return pid;
}

/* The thread that was running. */
static struct traced_task *find_task(struct tracepoints *tracepoints,
                                     const struct perf_record *record)
{
	const uint64_t key = traced_task_key(record->tid, global_pid(record));
	struct traced_task *task = traced_task_find(&tracepoints->model.tasks, key);

	if (task == NULL)
		task =
		    traced_task_discover(&tracepoints->model.tasks, record->pid, record->tid, key);
	return task;
}

static struct traced_operation *add(struct tracepoints *tracepoints, enum traced_type type,
                                    struct traced_task *task, uint64_t time)
{
	struct traced_operation *operation = traced_queue_add(&tracepoints->queue);

	operation->type = type;
	operation->task = task;
	operation->time = time;
	operation->ended = time;
	operation->has_ended = true;
	return operation;
}

/* A thread has ended. */
static void end_task(struct tracepoints *tracepoints, struct traced_task *task, uint64_t time)
{
	traced_task_remove(&tracepoints->model.tasks, task);
	(void)add(tracepoints, TRACED_EXIT, task, time);
}

/* Copy a text that is a field of fixed size. */
static void copy_field(const struct tracepoint_format *format, size_t field,
                       const struct perf_record *record, char *text, size_t size)
{
	const size_t length = format->sizes[field] < size ? format->sizes[field] : size;

	memset(text, 0, size);
	if (format->offsets[field] + length <= record->size)
		memcpy(text, (const char *)record->data + format->offsets[field], length);
	text[size - 1] = '\0';
}

/* A thread has started another one; the record of its namespaces came before. */
static void take_fork(struct tracepoints *tracepoints, const struct tracepoint_format *format,
                      const struct perf_record *record)
{
	struct traced_task *parent = find_task(tracepoints, record);
	const pid_t global = (pid_t)tracepoint_field(format, 0, record->data, record->size);
	const uint64_t flags = tracepoint_field(format, 2, record->data, record->size);
	const bool is_thread = (flags & CLONE_THREAD) != 0;
	pid_t tid = record->tid != 0 ? parent->new_tid : tracepoints->outside.about_tid;
	uint64_t ipc = record->tid != 0 ? parent->new_ipc : tracepoints->outside.ipc;
	struct traced_operation *operation;
	struct traced_task *child;
	uint64_t key;

	if (tid == 0 && tracepoints->numbers_are_global)
		tid = global;
	if (ipc == 0 && !(flags & CLONE_NEWIPC))
		ipc = parent->ipc;
	parent->new_tid = 0;
	parent->new_ipc = 0;
	key = traced_task_key(tid, global);
	child = traced_task_find(&tracepoints->model.tasks, key);
	/* It is in the first list of all processes. */
	if (child != NULL && record->time < tracepoints->model.start)
		return;
	if (child != NULL)
		end_task(tracepoints, child, record->time);
	child = traced_task_add(&tracepoints->model.tasks, key, tid,
	                        is_thread ? parent->process : NULL, tid);
	child->ipc = ipc;
	if (is_thread)
		return;
	copy_field(format, 1, record, child->process->command, sizeof(child->process->command));
	operation = add(tracepoints, TRACED_FORK, parent, record->time);
	operation->child = child;
	operation->shares_memory = (flags & CLONE_VM) != 0;
}

/* A field that says where its text is: the offset, and the length in the upper half. */
static struct shared_text *text_field(const struct tracepoint_format *format, size_t field,
                                      const struct perf_record *record)
{
	const uint64_t place = tracepoint_field(format, field, record->data, record->size);
	const size_t offset = place & 0xffff;
	const size_t length = place >> 16 & 0xffff;
	const char *text = (const char *)record->data + offset;

	if (length == 0 || offset + length > record->size || text[length - 1] != '\0')
		return NULL;
	return shared_text_new(text);
}

/*
 * The thread that calls execve(2) takes over the number of the first thread of its process, whose
 * end is reported.
 */
static struct traced_task *find_executing(struct tracepoints *tracepoints,
                                          const struct tracepoint_format *format,
                                          const struct perf_record *record)
{
	struct traced_tasks *tasks = &tracepoints->model.tasks;
	const uint64_t old = tracepoint_field(format, 1, record->data, record->size);
	struct traced_task *task = NULL;

	if (tracepoints->numbers_are_global && old != (uint64_t)global_pid(record))
		task = traced_task_find(tasks, old);
	if (task == NULL)
		return find_task(tracepoints, record);
	traced_task_remove(tasks, task);
	task->tid = record->tid;
	task->key = (uint64_t)record->tid;
	number_table_set(&tasks->table, task->key, task);
	return task;
}

static void glance(void *closure, const struct perf_record *record)
{
	struct tracepoints *tracepoints = closure;
	const struct glimpse glimpse = {
		.pid = record->pid,
		.time = record->time,
		.cmdline = traced_command_line(record->pid),
	};

	if (glimpse.cmdline == NULL)
		return;
	tracepoints->glimpses = vector_grow(tracepoints->glimpses, tracepoints->glimpse_count,
	                                    sizeof(*tracepoints->glimpses));
	tracepoints->glimpses[tracepoints->glimpse_count++] = glimpse;
}

/* Take the command line out of the glimpses; NULL if there is none. */
static struct shared_text *take_glimpse(struct tracepoints *tracepoints,
                                        const struct perf_record *record)
{
	for (size_t i = 0; i < tracepoints->glimpse_count; i++) {
		const struct glimpse found = tracepoints->glimpses[i];

		if (found.pid != record->pid || found.time != record->time)
			continue;
		tracepoints->glimpses[i] = tracepoints->glimpses[--tracepoints->glimpse_count];
		return found.cmdline;
	}
	return NULL;
}

static void take_exec(struct tracepoints *tracepoints, const struct tracepoint_format *format,
                      const struct perf_record *record)
{
	struct traced_task *task = find_executing(tracepoints, format, record);
	struct shared_text *cmdline = take_glimpse(tracepoints, record);

	task->process->is_stale = true;
	if (cmdline == NULL)
		cmdline = text_field(format, 0, record);
	add(tracepoints, TRACED_EXEC, task, record->time)->cmdline = cmdline;
}

static bool is_ours(const struct tracepoints *tracepoints, const struct traced_task *task)
{
	return task->ipc == tracepoints->model.ipc || (task->ipc == 0 && task->tid != 0);
}

static void take_entry(struct tracepoints *tracepoints, const struct tracepoint *point,
                       const struct perf_record *record)
{
	struct traced_task *task = find_task(tracepoints, record);
	struct traced_operation *operation;

	task->call = NULL;
	if (!is_ours(tracepoints, task))
		return;
	if (task->process->is_stale)
		traced_process_refresh(task->process);
	task->call = point->call;
	task->entered = record->time;
	for (size_t i = 0; i < EVENT_ARGUMENTS; i++)
		task->arguments[i] =
		    tracepoint_field(&point->format, i, record->data, record->size);
	if (!point->call->at_entry)
		return;
	task->operation = tracepoints->queue.end;
	operation = add(tracepoints, TRACED_CALL, task, record->time);
	operation->has_ended = false;
}

static void take_return(struct tracepoints *tracepoints, const struct tracepoint *point,
                        const struct perf_record *record)
{
	const uint64_t key = traced_task_key(record->tid, global_pid(record));
	struct traced_task *task = traced_task_find(&tracepoints->model.tasks, key);
	struct traced_operation *operation = NULL;

	if (task == NULL || task->call != point->call)
		return;
	if (point->call->at_entry)
		operation = traced_queue_find(&tracepoints->queue, task->operation);
	if (operation == NULL)
		operation = add(tracepoints, TRACED_CALL, task, record->time);
	operation->has_ended = true;
	operation->ended = record->time;
	operation->call = task->call;
	memcpy(operation->arguments, task->arguments, sizeof(operation->arguments));
	operation->result =
	    (int64_t)tracepoint_field(&point->format, 0, record->data, record->size);
	if (point->format.sizes[0] == sizeof(int32_t))
		operation->result = (int32_t)operation->result;
	task->call = NULL;
}

static void take_other(struct tracepoints *tracepoints, const struct tracepoint *point,
                       const struct perf_record *record)
{
	const uint64_t key = traced_task_key(record->tid, global_pid(record));
	struct traced_task *task = traced_task_find(&tracepoints->model.tasks, key);

	if (point->point == POINT_FORK)
		take_fork(tracepoints, &point->format, record);
	else if (point->point == POINT_EXEC)
		take_exec(tracepoints, &point->format, record);
	else if (task != NULL && point->point == POINT_EXIT)
		end_task(tracepoints, task, record->time);
	else if (task != NULL && is_ours(tracepoints, task))
		traced_process_refresh(task->process);
}

/* The record of a new thread is written by the one that starts it. */
static void take_namespaces(struct tracepoints *tracepoints, const struct perf_record *record)
{
	struct traced_task *task =
	    traced_task_find(&tracepoints->model.tasks, traced_task_key(record->tid, 0));

	if (record->tid == 0) {
		tracepoints->outside = *record;
	} else if (task == NULL) {
		return;
	} else if (record->about_tid == record->tid) {
		task->ipc = record->ipc;
	} else {
		task->new_tid = record->about_tid;
		task->new_ipc = record->ipc;
	}
}

static void take_command(struct tracepoints *tracepoints, const struct perf_record *record)
{
	struct traced_task *task =
	    traced_task_find(&tracepoints->model.tasks, traced_task_key(record->about_tid, 0));
	struct traced_operation *operation;

	if (task == NULL || record->about_tid == 0 || record->about_tid != record->about_pid)
		return;
	operation = add(tracepoints, TRACED_COMMAND, task, record->time);
	strncpy(operation->command, record->command, sizeof(operation->command) - 1);
}

static void take_loss(struct tracepoints *tracepoints, const struct perf_record *record)
{
	const struct event event = {
		.time = record->time + tracepoints->model.epoch,
		.type = EVENT_LOST,
		.process = { .uid = (uid_t)-1 },
		.before = EVENT_UNKNOWN,
		.after = EVENT_UNKNOWN,
		.number = record->lost,
	};

	event_sink_add(tracepoints->model.sink, &event);
}

static void take_tracepoint(struct tracepoints *tracepoints, const struct perf_record *record)
{
	const struct tracepoint *point;
	uint16_t number = 0;

	/* Our own calls look at objects. */
	if (record->size < sizeof(number) || record->pid == tracepoints->own_pid)
		return;
	memcpy(&number, record->data, sizeof(number));
	if (tracepoints->by_number[number] == 0)
		return;
	point = &tracepoints->points[tracepoints->by_number[number] - 1];
	if (point->call == NULL)
		take_other(tracepoints, point, record);
	else if (point->is_entry)
		take_entry(tracepoints, point, record);
	else
		take_return(tracepoints, point, record);
}

static void take_record(struct tracepoints *tracepoints, const struct perf_record *record)
{
	switch (record->type) {
	case PERF_TRACEPOINT:
		take_tracepoint(tracepoints, record);
		break;
	case PERF_COMMAND:
		take_command(tracepoints, record);
		break;
	case PERF_NAMESPACES:
		take_namespaces(tracepoints, record);
		break;
	case PERF_LOST:
		take_loss(tracepoints, record);
		break;
	case PERF_OTHER:
		break;
	}
}

static uint64_t nanoseconds(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * SECOND + (uint64_t)now.tv_nsec;
}

static void apply_until(struct tracepoints *tracepoints, uint64_t late)
{
	struct traced_operation operation;

	while (traced_queue_take(&tracepoints->queue, late, &operation))
		traced_model_apply(&tracepoints->model, &operation);
}

static uint64_t read_tracepoints(void *state, bool finish, struct event_sink *sink)
{
	struct tracepoints *tracepoints = state;
	const uint64_t now = nanoseconds(CLOCK_MONOTONIC);
	const uint64_t until = finish ? UINT64_MAX : now - WRITING;
	struct perf_record record;
	uint64_t expirations;
	uint64_t held;

	(void)!read(tracepoints->timer, &expirations, sizeof(expirations));
	tracepoints->model.epoch = nanoseconds(CLOCK_REALTIME) - now;
	tracepoints->model.sink = sink;
	perf_rings_look(tracepoints->rings, glance, tracepoints);
	while (perf_rings_next(tracepoints->rings, until, &record)) {
		take_record(tracepoints, &record);
		apply_until(tracepoints, record.time > LATE ? record.time - LATE : 0);
	}
	apply_until(tracepoints, finish ? UINT64_MAX : until - LATE);
	held = traced_queue_time(&tracepoints->queue);
	if (finish)
		return UINT64_MAX;
	return (held < until ? held : until) + tracepoints->model.epoch;
}

/* Choose the tracepoints, in the order of their names. */
static void choose_points(struct tracepoints *tracepoints, const struct event_request *request,
                          unsigned int kinds, struct tracepoint_name names[TRACEPOINTS_MAX],
                          char texts[TRACEPOINTS_MAX][32])
{
	size_t count = 0;

	for (const struct traced_call *call = traced_calls; call->name != NULL; call++) {
		if (!(kinds & KIND_BIT(call->kind)) || (call->for_calls && !request->calls))
			continue;
		for (int is_entry = 1; is_entry >= 0; is_entry--) {
			snprintf(texts[count], sizeof(texts[count]), "sys_%s_%s",
			         is_entry ? "enter" : "exit", call->name);
			names[count] = (struct tracepoint_name){ "syscalls", texts[count], { 0 } };
			tracepoints->points[count].call = call;
			tracepoints->points[count++].is_entry = is_entry;
		}
	}
	for (unsigned int point = 0; point < POINTS; point++) {
		names[count] = points[point];
		tracepoints->points[count++].point = point;
	}
	tracepoints->count = count;
}

/* Start to trace. */
static int add_points(struct tracepoints *tracepoints, const struct event_request *request,
                      struct error *error)
{
	char filter[256];
	char own[64] = "";

	if (tracepoints->numbers_are_global)
		snprintf(own, sizeof(own), "common_pid != %d", tracepoints->own_pid);
	for (size_t i = 0; i < tracepoints->count; i++) {
		const struct tracepoint *point = &tracepoints->points[i];
		const char *calls = point->call != NULL && point->is_entry && !request->calls
		                        ? point->call->filter
		                        : NULL;
		/* A short program has to be looked at while it runs. */
		const bool wakes = point->call == NULL && point->point == POINT_EXEC;

		if (point->format.number == 0)
			continue;
		snprintf(filter, sizeof(filter), "%s%s%s%s%s", own,
		         own[0] != '\0' && calls != NULL ? " && " : "", calls != NULL ? "(" : "",
		         calls != NULL ? calls : "", calls != NULL ? ")" : "");
		tracepoints->by_number[point->format.number] = (uint8_t)(i + 1);
		if (perf_rings_add(tracepoints->rings, point->format.number, wakes,
		                   point->call != NULL && filter[0] != '\0' ? filter : NULL,
		                   error) < 0)
			return -1;
	}
	return 0;
}

/* Look up the numbers of the tracepoints. Kinds whose calls have none are dropped. */
static int find_points(struct tracepoints *tracepoints, const struct event_request *request,
                       unsigned int *kinds, struct error *error)
{
	struct tracepoint_name names[TRACEPOINTS_MAX];
	struct tracepoint_format formats[TRACEPOINTS_MAX];
	char texts[TRACEPOINTS_MAX][32];

	choose_points(tracepoints, request, *kinds, names, texts);
	if (tracepoint_formats_read(names, tracepoints->count, formats, error) < 0)
		return -1;
	for (size_t i = 0; i < tracepoints->count; i++) {
		const struct tracepoint *point = &tracepoints->points[i];

		tracepoints->points[i].format = formats[i];
		if (formats[i].number == 0 && point->call != NULL && !point->call->for_calls)
			*kinds &= ~KIND_BIT(point->call->kind);
		if (formats[i].number == 0 && point->call == NULL && point->point <= POINT_EXIT)
			*kinds = 0;
		if (formats[i].number == 0)
			error_set(error, STATUS_FAILED, "the kernel lacks the tracepoint %s",
			          names[i].name);
	}
	return *kinds != 0 ? 0 : -1;
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

/*
 * Read what there is while events are recorded already: those before the end of this function
 * update it, and are not reported.
 */
static void read_present(struct tracepoints *tracepoints, const struct event_request *request,
                         unsigned int kinds)
{
	struct traced_model *model = &tracepoints->model;
	const struct traced_task *task;
	size_t at = 0;

	traced_objects_read(&model->objects, kinds);
	traced_tasks_discover_all(&model->tasks);
	if (any_is_attached(&model->objects)) {
		while ((task = number_table_next(&model->tasks.table, &at)) != NULL) {
			if (task->tid == task->process->pid && is_ours(tracepoints, task))
				(void)traced_memory_read(task->process->memory, task->tid);
		}
	}
	task = traced_task_find(&model->tasks, (uint64_t)request->program);
	if (request->program > 0 && task != NULL)
		task->process->is_wanted = true;
	model->start = nanoseconds(CLOCK_MONOTONIC);
}

static void close_tracepoints(void *state)
{
	struct tracepoints *tracepoints = state;

	perf_rings_close(tracepoints->rings);
	for (size_t i = 0; i < tracepoints->glimpse_count; i++)
		shared_text_replace(&tracepoints->glimpses[i].cmdline, NULL);
	free(tracepoints->glimpses);
	traced_queue_free(&tracepoints->queue);
	traced_model_free(&tracepoints->model);
	descriptor_close(tracepoints->timer);
	descriptor_close(tracepoints->epoll);
	free(tracepoints);
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
	tracepoints->own_pid = getpid();
	tracepoints->numbers_are_global = process_all_are_listed();
	tracepoints->model.calls = request->calls;
	tracepoints->model.wants_all = request->program == 0;
	tracepoints->model.start = UINT64_MAX;
	if (process_own_ipc_namespace(&own) == 0)
		tracepoints->model.ipc = own.st_ino;
	tracepoints->rings = perf_rings_open(error);
	if (tracepoints->rings == NULL || find_points(tracepoints, request, &kinds, error) < 0 ||
	    add_points(tracepoints, request, error) < 0 || open_timer(tracepoints, error) < 0) {
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
	.open = open_tracepoints,
	.fd = tracepoints_fd,
	.read = read_tracepoints,
	.close = close_tracepoints,
};
