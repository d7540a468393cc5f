#include "events/program_model.h"

#include "base/clock.h"
#include "base/memory.h"
#include "system/linux.h"
#include "system/process.h"

#include <errno.h>
#include <linux/kcmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <unistd.h>

struct pending_call {
	struct pending_call *next;
	struct traced_operation operation;
	pid_t last_pid; /* shmat(2): the process that used the segment last before */
};

/* An operation that happens now, and is no call. */
static struct traced_operation happening(enum traced_type type, struct traced_task *task)
{
	const uint64_t now = clock_nanoseconds(CLOCK_MONOTONIC);

	return (struct traced_operation){
		.type = type, .has_ended = true, .time = now, .ended = now, .task = task
	};
}

static struct pending_call *take(struct pending_call **place)
{
	struct pending_call *pending = *place;

	*place = pending->next;
	return pending;
}

/* A call has succeeded. */
static void complete(struct program_model *program, struct pending_call **place, int64_t result)
{
	struct pending_call *pending = take(place);

	pending->operation.result = result;
	pending->operation.has_ended = true;
	pending->operation.ended = clock_nanoseconds(CLOCK_MONOTONIC);
	traced_model_apply(&program->model, &pending->operation);
	free(pending);
}

/* Find a call of a process. */
static struct pending_call **find_call(struct program_model *program,
                                       const struct traced_process *process, const char *name,
                                       uint64_t argument)
{
	struct pending_call **place = &program->first;

	while (*place != NULL && ((*place)->operation.task->process != process ||
	                          strcmp((*place)->operation.call->name, name) != 0 ||
	                          (*place)->operation.arguments[0] != argument))
		place = &(*place)->next;
	return *place != NULL ? place : NULL;
}

static bool is_get(const struct pending_call *pending)
{
	return pending->operation.call->at_entry &&
	       strcmp(pending->operation.call->name, "shmat") != 0;
}

/* A segment that is used before its call was seen to have made it: the kernel names the creator. */
static void find_creation(struct program_model *program, int id)
{
	struct pending_call **place = &program->first;
	struct shm_object found;

	if (traced_object_find(&program->model.objects, KIND_SHM, id) != NULL ||
	    traced_object_look(KIND_SHM, id, &found) < 0)
		return;
	for (; *place != NULL; place = &(*place)->next) {
		const struct traced_operation *operation = &(*place)->operation;

		if (is_get(*place) && operation->call->kind == KIND_SHM &&
		    operation->task->process->pid == found.creator_pid &&
		    (key_t)operation->arguments[0] == found.key &&
		    operation->arguments[1] == found.bytes) {
			complete(program, place, id);
			return;
		}
	}
}

void program_model_add(struct program_model *program, struct traced_task *task,
                       const struct traced_call *call, const uint64_t arguments[EVENT_ARGUMENTS])
{
	struct pending_call *pending = needed_array(1, sizeof(*pending));
	struct pending_call **place = &program->first;
	struct shm_object found;

	pending->operation = happening(TRACED_CALL, task);
	pending->operation.has_ended = false;
	pending->operation.call = call;
	memcpy(pending->operation.arguments, arguments, sizeof(pending->operation.arguments));
	if (strcmp(call->name, "shmdt") != 0)
		pending->operation.arguments[0] = (uint32_t)arguments[0];
	/* The object is known as it was before the call. */
	if (call->kind == KIND_SHM && !is_get(pending))
		find_creation(program, (int)(int32_t)arguments[0]);
	if (!is_get(pending) && strcmp(call->name, "shmdt") != 0)
		(void)traced_model_find(&program->model, &pending->operation,
		                        (int)(int32_t)arguments[0]);
	if (strcmp(call->name, "shmat") == 0 &&
	    traced_object_look(KIND_SHM, (int)(int32_t)arguments[0], &found) == 0)
		pending->last_pid = found.last_pid;
	while (*place != NULL)
		place = &(*place)->next;
	*place = pending;
}

void program_model_made(struct program_model *program, pid_t thread, enum object_kind kind, int id)
{
	struct pending_call **place = &program->first;
	struct shm_object found;
	const bool is_found = traced_object_look(kind, id, &found) == 0;

	for (; *place != NULL; place = &(*place)->next) {
		const struct traced_operation *operation = &(*place)->operation;

		if (is_get(*place) && operation->call->kind == kind &&
		    operation->task->tid == thread &&
		    (!is_found || found.key == (key_t)operation->arguments[0]))
			break;
	}
	if (*place == NULL)
		return;
	if (traced_object_find(&program->model.objects, kind, id) == NULL)
		complete(program, place, id);
	else
		free(take(place));
}

/* The changes by which calls of shmctl(2) and the like are seen to have succeeded. */
static bool has_succeeded(struct program_model *program, const struct pending_call *pending)
{
	const struct traced_operation *operation = &pending->operation;
	const enum object_kind kind = operation->call->kind;
	const int id = (int)(int32_t)operation->arguments[0];
	const int command =
	    (int)(int32_t)operation->arguments[kind == KIND_SEM ? 2 : 1] & ~LINUX_IPC_64;
	struct traced_object *known = traced_object_find(&program->model.objects, kind, id);
	struct shm_object found;

	if (known == NULL)
		return false;
	if (traced_object_look(kind, id, &found) < 0) {
		if (errno != ENOENT || command != IPC_RMID)
			return false;
		/* No other process has it attached any more. */
		if (kind == KIND_SHM)
			known->object.attaches = 0;
		return true;
	}
	switch (command) {
	case IPC_RMID:
		if (!found.marked || known->object.marked)
			return false;
		known->object.attaches = found.attaches;
		return true;
	case IPC_SET:
		return found.uid != known->object.uid || found.gid != known->object.gid ||
		       found.mode != known->object.mode || found.bytes != known->object.bytes ||
		       found.change_time != known->object.change_time;
	default:
		return found.locked == (command == SHM_LOCK) &&
		       found.locked != known->object.locked;
	}
}

void program_model_look(struct program_model *program)
{
	struct pending_call **place = &program->first;

	while (*place != NULL) {
		const char *name = (*place)->operation.call->name;

		if (strcmp(name + strlen(name) - 3, "ctl") == 0 && has_succeeded(program, *place))
			complete(program, place, 0);
		else
			place = &(*place)->next;
	}
}

/* Objects that a call has made are found later. */
void program_model_returned(struct program_model *program, const struct traced_task *task)
{
	struct pending_call **place = &program->first;

	while (*place != NULL) {
		if ((*place)->operation.task == task && !is_get(*place))
			free(take(place));
		else
			place = &(*place)->next;
	}
}

void program_model_expire(struct program_model *program, uint64_t time)
{
	while (program->first != NULL && program->first->operation.time < time)
		free(take(&program->first));
}

uint64_t program_model_pending(const struct program_model *program)
{
	return program->first != NULL ? program->first->operation.time : UINT64_MAX;
}

/* Remove a thread that has exited. */
static void end_task(struct program_model *program, struct traced_task *task)
{
	const struct traced_operation operation = happening(TRACED_EXIT, task);
	struct pending_call **place = &program->first;

	while (*place != NULL) {
		if ((*place)->operation.task == task)
			free(take(place));
		else
			place = &(*place)->next;
	}
	traced_task_remove(&program->model.tasks, task);
	traced_model_apply(&program->model, &operation);
}

static bool has_attached(const struct traced_memory *memory, int id)
{
	for (size_t i = 0; i < memory->count; i++) {
		if (id < 0 || memory->attaches[i].id == id)
			return true;
	}
	return false;
}

/*
 * A process was killed right after an attach, before that was seen: the kernel records it as the last
 * process of the segment. That is no proof if it had inherited attaches of the segment, which have ended.
 */
static void find_last_attaches(struct program_model *program, const struct traced_process *process)
{
	struct pending_call **place = &program->first;

	while (*place != NULL) {
		const struct traced_operation *operation = &(*place)->operation;
		const int id = (int)(int32_t)operation->arguments[0];
		struct shm_object found;

		if (operation->task->process == process &&
		    strcmp(operation->call->name, "shmat") == 0 &&
		    (*place)->last_pid != process->pid && !has_attached(process->memory, id) &&
		    traced_object_look(KIND_SHM, id, &found) == 0 && found.last_pid == process->pid)
			complete(program, place, 1);
		else
			place = &(*place)->next;
	}
}

static void end_process(struct program_model *program, const struct traced_process *process)
{
	struct traced_task *task;
	size_t at = 0;

	find_last_attaches(program, process);
	while ((task = number_table_next(&program->model.tasks.table, &at)) != NULL) {
		const bool is_last = process->threads == 1;

		if (task->process != process)
			continue;
		end_task(program, task);
		if (is_last)
			return;
		at = 0;
	}
}

/* Whether a process runs in the memory of its parent, as after vfork(2), kcmp(2). */
static bool borrows_memory(pid_t pid, pid_t parent)
{
	return syscall(SYS_kcmp, pid, parent, KCMP_VM, 0, 0) == 0;
}

static struct traced_task *parent_of(const struct program_model *program, pid_t pid)
{
	struct process_stat stat;

	if (process_read_stat(pid, &stat) < 0)
		return NULL;
	return traced_task_find(&program->model.tasks, (uint64_t)stat.parent);
}

static void leave_borrowed(const struct program_model *program, struct traced_process *process)
{
	const struct traced_task *parent = parent_of(program, process->pid);

	if (parent != NULL && borrows_memory(process->pid, parent->tid))
		return;
	process->borrows_memory = false;
	traced_memory_release(process->memory);
	process->memory = traced_memory_new();
}

struct traced_task *program_model_task(struct program_model *program, pid_t pid, pid_t thread,
                                       bool only_attached)
{
	struct traced_tasks *tasks = &program->model.tasks;
	struct traced_task *task = traced_task_find(tasks, (uint64_t)thread);
	struct traced_task *leader = traced_task_find(tasks, (uint64_t)pid);

	if (task != NULL && task->process->pid != pid) {
		end_task(program, task);
		task = NULL;
	}
	if (task != NULL)
		return task;
	if (leader == NULL && only_attached) {
		struct traced_memory *memory = traced_memory_new();
		const bool is_attached = traced_memory_read(memory, pid) == 0 && memory->count > 0;

		traced_memory_release(memory);
		if (!is_attached)
			return NULL;
	}
	if (leader == NULL) {
		const struct traced_task *parent = parent_of(program, pid);

		leader = traced_task_discover(tasks, pid, pid, (uint64_t)pid);
		leader->process->is_wanted = true;
		leader->process->is_stale = false;
		if (parent != NULL && borrows_memory(pid, parent->tid)) {
			traced_process_inherit(leader->process, parent->process, true);
			leader->process->borrows_memory = true;
		}
		task = traced_task_find(tasks, (uint64_t)thread);
	}
	if (task == NULL)
		task = traced_task_add(tasks, (uint64_t)thread, thread, leader->process, 0);
	return task;
}

/* Attaches that are gone, or are mapped in more or fewer parts. */
static void find_detached(struct program_model *program, struct traced_task *task,
                          const struct traced_memory *now)
{
	struct traced_process *process = task->process;

	for (size_t i = process->memory->count; i > 0; i--) {
		const struct traced_attach known = process->memory->attaches[i - 1];
		const struct traced_attach *same = traced_memory_find(now, known.address);
		const unsigned int count = same != NULL && same->id == known.id ? same->count : 0;
		struct pending_call **place =
		    count == 0 ? find_call(program, process, "shmdt", known.address) : NULL;
		const struct traced_operation operation = happening(TRACED_EXIT, task);

		if (count == known.count)
			continue;
		if (place != NULL) {
			complete(program, place, 0);
			continue;
		}
		traced_memory_remove(process->memory, &process->memory->attaches[i - 1]);
		if (count > 0)
			traced_memory_set(process->memory, known.address, known.id, count);
		traced_model_attached(&program->model, &operation, task, false, known.id,
		                      (int64_t)count - (int64_t)known.count);
	}
}

static void find_attached(struct program_model *program, struct traced_task *task,
                          const struct traced_memory *now)
{
	struct traced_process *process = task->process;

	for (size_t i = 0; i < now->count; i++) {
		const struct traced_attach *attach = &now->attaches[i];
		struct pending_call **place;
		const struct traced_operation operation = happening(TRACED_EXIT, task);

		if (traced_memory_find(process->memory, attach->address) != NULL)
			continue;
		place = find_call(program, process, "shmat", (uint64_t)attach->id);
		if (place != NULL) {
			complete(program, place, (int64_t)attach->address);
			continue;
		}
		/* Inherited. */
		traced_memory_set(process->memory, attach->address, attach->id, attach->count);
		traced_model_attached(&program->model, &operation, task, false, attach->id,
		                      attach->count);
	}
}

/* After execve(2), a process has other arguments, or none of its attaches. */
static void find_program(struct program_model *program, struct traced_task *task)
{
	struct traced_process *process = task->process;
	struct shared_text *cmdline = shared_text_of_cmdline(process->pid);
	struct traced_operation operation = happening(TRACED_EXEC, task);

	if (cmdline == NULL ||
	    (process->cmdline != NULL && strcmp(cmdline->text, process->cmdline->text) == 0)) {
		shared_text_replace(&cmdline, NULL);
		return;
	}
	process_command(process->pid, operation.command);
	operation.cmdline = cmdline;
	traced_model_apply(&program->model, &operation);
	(void)traced_process_refresh(process);
}

/* The first thread may have exited before the others. */
static int read_memory(const struct program_model *program, const struct traced_process *process,
                       struct traced_memory *now)
{
	const struct traced_task *task;
	size_t at = 0;

	if (traced_memory_read(now, process->pid) == 0)
		return 0;
	while (errno == ESRCH &&
	       (task = number_table_next(&program->model.tasks.table, &at)) != NULL) {
		if (task->process == process && task->tid != process->pid &&
		    traced_memory_read(now, task->tid) == 0)
			return 0;
		errno = ESRCH;
	}
	return -1;
}

void program_model_settle(struct program_model *program, struct traced_task *task)
{
	struct traced_process *process = task->process;
	struct traced_memory *now = NULL;
	bool has_borrowed;
	bool is_read;
	int failure;

	/* If it has left its parent's memory meanwhile, either may have been read. */
	do {
		if (now != NULL)
			traced_memory_release(now);
		now = traced_memory_new();
		has_borrowed = process->borrows_memory;
		is_read = read_memory(program, process, now) == 0;
		failure = errno;
		if (has_borrowed)
			leave_borrowed(program, process);
	} while (has_borrowed && !process->borrows_memory);
	if (process->is_stale)
		find_program(program, task);
	if (is_read) {
		find_detached(program, task, now);
		find_attached(program, task, now);
	} else if (failure == ESRCH || failure == ENOENT) {
		end_process(program, process);
	}
	traced_memory_release(now);
}

/* Whether a process has made a call that attaches a segment, or that detaches any. */
static bool has_pending(const struct program_model *program, const struct traced_process *process,
                        int id, const char *name)
{
	for (const struct pending_call *call = program->first; call != NULL; call = call->next) {
		if (call->operation.task->process == process &&
		    strcmp(call->operation.call->name, name) == 0 &&
		    (id < 0 || call->operation.arguments[0] == (uint64_t)id))
			return true;
	}
	return false;
}

/* Settle some processes, which may be all that are chosen or only those that are attaching. */
static void settle_some(struct program_model *program, int id, bool attaching_only)
{
	struct traced_task *task;
	pid_t *pids = NULL;
	size_t count = 0;
	size_t at = 0;

	/* That changes the table. */
	while ((task = number_table_next(&program->model.tasks.table, &at)) != NULL) {
		if (task->tid == task->process->pid &&
		    (has_pending(program, task->process, id, "shmat") ||
		     (!attaching_only && (has_attached(task->process->memory, id) ||
		                          has_pending(program, task->process, -1, "shmdt"))))) {
			pids = vector_grow(pids, count, sizeof(*pids));
			pids[count++] = task->tid;
		}
	}
	for (size_t i = 0; i < count; i++) {
		task = traced_task_find(&program->model.tasks, (uint64_t)pids[i]);
		if (task != NULL)
			program_model_settle(program, task);
	}
	free(pids);
}

void program_model_settle_all(struct program_model *program, int id)
{
	settle_some(program, id, false);
}

void program_model_settle_attaching(struct program_model *program, int id)
{
	settle_some(program, id, true);
}

void program_model_sweep(struct program_model *program)
{
	struct traced_task *task;
	size_t at = 0;

	while ((task = number_table_next(&program->model.tasks.table, &at)) != NULL) {
		if (kill(task->tid, 0) == 0 || errno != ESRCH)
			continue;
		end_task(program, task);
		at = 0;
	}
}

void program_model_free(struct program_model *program)
{
	while (program->first != NULL)
		free(take(&program->first));
	traced_model_free(&program->model);
}
