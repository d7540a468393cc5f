#include "events/traced_records.h"

#include "base/memory.h"
#include "system/process.h"

#include <bsd/string.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* The fields of all tracepoints, and the kernel's number of the thread that was running. */
enum { COMMON_PID_OFFSET = 4 };

static pid_t global_pid(const struct perf_record *record)
{
	int32_t pid = 0;

	if (record->size >= COMMON_PID_OFFSET + sizeof(pid))
		memcpy(&pid, (const char *)record->data + COMMON_PID_OFFSET, sizeof(pid));
	return pid;
}

/*
 * The IPC namespace of a thread that ended before it could be read. If it was ours, the objects that
 * the thread has left are in the first list, or found by the first comparison.
 */
static const uint64_t ELSEWHERE = UINT64_MAX;

static bool has_ended(const struct traced_task *task)
{
	return task->tid > 0 && kill(task->tid, 0) < 0 && errno == ESRCH;
}

/* The thread that was running. */
static struct traced_task *find_task(struct traced_records *records,
                                     const struct perf_record *record)
{
	const uint64_t key = traced_task_key(record->tid, global_pid(record));
	struct traced_task *task = traced_task_find(&records->model->tasks, key);

	if (task != NULL)
		return task;
	task = traced_task_discover(&records->model->tasks, record->pid, record->tid, key);
	if (task->ipc == 0 && record->time < records->model->start && has_ended(task))
		task->ipc = ELSEWHERE;
	return task;
}

static struct traced_operation *add(struct traced_records *records, enum traced_type type,
                                    struct traced_task *task, uint64_t time)
{
	struct traced_operation *operation = traced_queue_add(&records->queue);

	operation->type = type;
	operation->task = task;
	operation->time = time;
	operation->ended = time;
	operation->has_ended = true;
	return operation;
}

/* A thread has ended. */
static void end_task(struct traced_records *records, struct traced_task *task, uint64_t time)
{
	traced_task_remove(&records->model->tasks, task);
	(void)add(records, TRACED_EXIT, task, time);
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
static void take_fork(struct traced_records *records, const struct tracepoint_format *format,
                      const struct perf_record *record)
{
	struct traced_task *parent = find_task(records, record);
	const pid_t global = (pid_t)tracepoint_field(format, 0, record->data, record->size);
	const uint64_t flags = tracepoint_field(format, 2, record->data, record->size);
	const bool is_thread = (flags & CLONE_THREAD) != 0;
	pid_t tid = record->tid != 0 ? parent->new_tid : records->outside.about_tid;
	uint64_t ipc = record->tid != 0 ? parent->new_ipc : records->outside.ipc;
	const uint64_t user = record->tid != 0 ? parent->new_user : records->outside.user;
	struct traced_operation *operation;
	struct traced_task *child;
	uint64_t key;

	if (tid == 0 && records->numbers_are_global)
		tid = global;
	if (ipc == 0 && !(flags & CLONE_NEWIPC))
		ipc = parent->ipc;
	parent->new_tid = 0;
	parent->new_ipc = 0;
	key = traced_task_key(tid, global);
	child = traced_task_find(&records->model->tasks, key);
	/* It is in the first list of all processes. */
	if (child != NULL && record->time < records->model->start)
		return;
	if (child != NULL)
		end_task(records, child, record->time);
	child = traced_task_add(&records->model->tasks, key, tid,
	                        is_thread ? parent->process : NULL, tid);
	child->ipc = ipc;
	child->user = user != 0 ? user : parent->user;
	if (is_thread)
		return;
	copy_field(format, 1, record, child->process->command, sizeof(child->process->command));
	operation = add(records, TRACED_FORK, parent, record->time);
	operation->child = child;
	operation->shares_memory = (flags & CLONE_VM) != 0;
}

/* A text whose field has its place: the offset, and the length in the upper half. */
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
static struct traced_task *find_executing(struct traced_records *records,
                                          const struct tracepoint_format *format,
                                          const struct perf_record *record)
{
	struct traced_tasks *tasks = &records->model->tasks;
	const uint64_t old = tracepoint_field(format, 1, record->data, record->size);
	struct traced_task *task = NULL;

	if (records->numbers_are_global && old != (uint64_t)global_pid(record))
		task = traced_task_find(tasks, old);
	if (task == NULL)
		return find_task(records, record);
	traced_task_remove(tasks, task);
	task->tid = record->tid;
	task->key = (uint64_t)record->tid;
	number_table_set(&tasks->table, task->key, task);
	return task;
}

void traced_records_glance(void *closure, const struct perf_record *record)
{
	struct traced_records *records = closure;
	struct process_identity identity;
	const struct glimpse glimpse = {
		.pid = record->pid,
		.uid = process_read_identity(record->pid, &identity) == 0 ? identity.effective_uid
		                                                          : (uid_t)-1,
		.time = record->time,
		.cmdline = shared_text_of_cmdline(record->pid),
	};

	if (glimpse.cmdline == NULL && glimpse.uid == (uid_t)-1)
		return;
	records->glimpses =
	    vector_grow(records->glimpses, records->glimpse_count, sizeof(*records->glimpses));
	records->glimpses[records->glimpse_count++] = glimpse;
}

/* Take the glimpse of a process; its members are unknown if there is none. */
static struct glimpse take_glimpse(struct traced_records *records, const struct perf_record *record)
{
	const struct glimpse none = { .uid = (uid_t)-1 };

	for (size_t i = 0; i < records->glimpse_count; i++) {
		const struct glimpse found = records->glimpses[i];

		if (found.pid != record->pid || found.time != record->time)
			continue;
		records->glimpses[i] = records->glimpses[--records->glimpse_count];
		return found;
	}
	return none;
}

static void take_exec(struct traced_records *records, const struct tracepoint_format *format,
                      const struct perf_record *record)
{
	struct traced_task *task = find_executing(records, format, record);
	const struct glimpse glimpse = take_glimpse(records, record);
	struct traced_operation *operation;

	operation = add(records, TRACED_EXEC, task, record->time);
	/* The file may be set-user-ID. */
	operation->uid = glimpse.uid;
	operation->cmdline =
	    glimpse.cmdline != NULL ? glimpse.cmdline : text_field(format, 0, record);
	memcpy(operation->command, task->new_command, sizeof(operation->command));
	task->new_command[0] = '\0';
	/* Another thread than the first one has called execve(2). */
	if (operation->command[0] == '\0' && record->pid > 0)
		process_command(record->pid, operation->command);
}

bool traced_records_are_ours(const struct traced_records *records, const struct traced_task *task)
{
	return task->ipc == records->model->ipc || (task->ipc == 0 && task->tid != 0);
}

static void take_entry(struct traced_records *records, const struct tracepoint *point,
                       const struct perf_record *record)
{
	struct traced_task *task = find_task(records, record);
	struct traced_operation *operation;

	task->call = NULL;
	if (!traced_records_are_ours(records, task))
		return;
	task->call = point->call;
	task->entered = record->time;
	for (size_t i = 0; i < EVENT_ARGUMENTS; i++)
		task->arguments[i] =
		    tracepoint_field(&point->format, i, record->data, record->size);
	if (!point->call->at_entry)
		return;
	task->operation = records->queue.end;
	operation = add(records, TRACED_CALL, task, record->time);
	operation->has_ended = false;
}

/*
 * ERESTARTSYS and the like, which never leave the kernel: a signal has interrupted the call, and it may
 * begin again.
 */
enum { FIRST_RESTART = 512, LAST_RESTART = 516 };

static void take_return(struct traced_records *records, const struct tracepoint *point,
                        const struct perf_record *record)
{
	const uint64_t key = traced_task_key(record->tid, global_pid(record));
	struct traced_task *task = traced_task_find(&records->model->tasks, key);
	struct traced_operation *operation = NULL;

	if (task == NULL || task->call != point->call)
		return;
	if (point->call->at_entry)
		operation = traced_queue_find(&records->queue, task->operation);
	if (operation == NULL)
		operation = add(records, TRACED_CALL, task, record->time);
	operation->has_ended = true;
	operation->ended = record->time;
	operation->call = task->call;
	memcpy(operation->arguments, task->arguments, sizeof(operation->arguments));
	operation->result =
	    (int64_t)tracepoint_field(&point->format, 0, record->data, record->size);
	if (point->format.sizes[0] == sizeof(int32_t))
		operation->result = (int32_t)operation->result;
	if (operation->result <= -FIRST_RESTART && operation->result >= -LAST_RESTART)
		operation->result = -EINTR;
	task->call = NULL;
}

/* A process has been moved to another control group, perhaps by another process. */
static void take_cgroup(struct traced_records *records, const struct tracepoint_format *format,
                        const struct perf_record *record)
{
	const pid_t pid = (pid_t)tracepoint_field(format, 0, record->data, record->size);
	struct traced_task *task = NULL;

	if (records->numbers_are_global)
		task = traced_task_find(&records->model->tasks, traced_task_key(pid, pid));
	if (task != NULL && traced_records_are_ours(records, task))
		add(records, TRACED_CHANGE, task, record->time)->uid = (uid_t)-1;
}

/*
 * setuid(2) and the like. The argument counts only if the process is gone: it is a number in the user
 * namespace of the process.
 */
static void take_user(struct traced_records *records, struct traced_task *task,
                      const struct tracepoint *point, const struct perf_record *record)
{
	const uint64_t value = tracepoint_field(&point->format, 0, record->data, record->size);

	if (point->point <= POINT_ENTER_SETRESUID) {
		task->new_uid = (uid_t)value;
	} else if ((int64_t)value == 0) {
		const bool is_known = task->user == 0 || task->user == records->own_user;

		add(records, TRACED_CHANGE, task, record->time)->uid =
		    is_known ? task->new_uid : (uid_t)-1;
	}
}

static void take_other(struct traced_records *records, const struct tracepoint *point,
                       const struct perf_record *record)
{
	const uint64_t key = traced_task_key(record->tid, global_pid(record));
	struct traced_task *task = traced_task_find(&records->model->tasks, key);

	if (point->point == POINT_FORK)
		take_fork(records, &point->format, record);
	else if (point->point == POINT_EXEC)
		take_exec(records, &point->format, record);
	else if (task != NULL && point->point == POINT_EXIT)
		end_task(records, task, record->time);
	else if (point->point == POINT_CGROUP)
		take_cgroup(records, &point->format, record);
	else if (task != NULL && traced_records_are_ours(records, task))
		take_user(records, task, point, record);
}

/* The record of a new thread is written by the one that starts it. */
static void take_namespaces(struct traced_records *records, const struct perf_record *record)
{
	struct traced_task *task =
	    traced_task_find(&records->model->tasks, traced_task_key(record->tid, 0));

	if (record->tid == 0) {
		records->outside = *record;
	} else if (task == NULL) {
		return;
	} else if (record->about_tid == record->tid) {
		task->ipc = record->ipc;
		task->user = record->user;
	} else {
		task->new_tid = record->about_tid;
		task->new_ipc = record->ipc;
		task->new_user = record->user;
	}
}

static void take_command(struct traced_records *records, const struct perf_record *record)
{
	struct traced_task *task =
	    traced_task_find(&records->model->tasks, traced_task_key(record->about_tid, 0));
	struct traced_operation *operation;

	if (task == NULL || record->about_tid == 0 || record->about_tid != record->about_pid)
		return;
	/* The process still has its old memory, and what it attached there under its old name. */
	if (record->by_exec) {
		strlcpy(task->new_command, record->command, sizeof(task->new_command));
		return;
	}
	operation = add(records, TRACED_COMMAND, task, record->time);
	strlcpy(operation->command, record->command, sizeof(operation->command));
}

void traced_records_report_loss(struct traced_records *records, uint64_t time, uint64_t number)
{
	records->has_lost = true;
	if (time >= records->model->start)
		event_sink_add_loss(records->model->sink, time + records->model->epoch, number);
}

static void take_tracepoint(struct traced_records *records, const struct perf_record *record)
{
	const struct tracepoint *point;
	uint16_t number = 0;

	/* Our own calls look at objects. */
	if (record->size < sizeof(number) || record->pid == records->own_pid)
		return;
	memcpy(&number, record->data, sizeof(number));
	if (records->by_number[number] == 0)
		return;
	point = &records->points[records->by_number[number] - 1];
	if (point->call == NULL)
		take_other(records, point, record);
	else if (point->is_entry)
		take_entry(records, point, record);
	else
		take_return(records, point, record);
}

void traced_records_take(struct traced_records *records, const struct perf_record *record)
{
	switch (record->type) {
	case PERF_TRACEPOINT:
		take_tracepoint(records, record);
		break;
	case PERF_COMMAND:
		take_command(records, record);
		break;
	case PERF_NAMESPACES:
		take_namespaces(records, record);
		break;
	case PERF_LOST:
		traced_records_report_loss(records, record->time, record->lost);
		break;
	case PERF_OTHER:
		break;
	}
}

void traced_records_sweep(struct traced_records *records, uint64_t time)
{
	struct traced_task **gone = NULL;
	struct traced_task *task;
	size_t count = 0;
	size_t at = 0;

	records->has_lost = false;
	while ((task = number_table_next(&records->model->tasks.table, &at)) != NULL) {
		if (!has_ended(task))
			continue;
		gone = vector_grow(gone, count, sizeof(struct traced_task *));
		gone[count++] = task;
	}
	for (size_t i = 0; i < count; i++)
		end_task(records, gone[i], time);
	free(gone);
}

void traced_records_free(struct traced_records *records)
{
	for (size_t i = 0; i < records->glimpse_count; i++)
		shared_text_replace(&records->glimpses[i].cmdline, NULL);
	free(records->glimpses);
	traced_queue_free(&records->queue);
}
