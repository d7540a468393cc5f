#include "events/traced_model.h"

#include "base/clock.h"

#include <string.h>

enum { MILLISECOND = 1000000 };

time_t traced_model_seconds(const struct traced_model *model,
                            const struct traced_operation *operation)
{
	return (time_t)((operation->time + model->epoch) / NANOSECONDS_PER_SECOND);
}

void traced_model_report(struct traced_model *model, const struct traced_operation *operation,
                         const struct traced_task *task, bool call, enum event_type type,
                         const struct traced_object *object, uint64_t before, uint64_t after)
{
	struct event event = {
		.time = operation->time + model->epoch,
		.type = type,
		.object = object != NULL ? &object->object : NULL,
		.process = { .uid = (uid_t)-1 },
		.before = before,
		.after = after,
	};

	if (operation->time < model->start || (type == EVENT_CALLED && !model->calls) ||
	    (!model->wants_all && (task == NULL || !task->process->is_wanted)))
		return;
	if (task != NULL) {
		traced_process_describe(task->process, &event.process);
		event.process.thread = task->tid;
	}
	if (call && operation->type == TRACED_CALL) {
		event.call = event_call_find(operation->call->name);
		memcpy(event.arguments, operation->arguments, sizeof(event.arguments));
		event.result = operation->result;
	}
	event_sink_add(model->sink, &event);
}

void traced_model_attached(struct traced_model *model, const struct traced_operation *operation,
                           const struct traced_task *task, bool call, int id, int64_t change)
{
	struct traced_object *segment = traced_object_find(&model->objects, KIND_SHM, id);
	struct shm_object *object;
	uint64_t before;

	/* The number that was read includes what had happened before. */
	if (segment == NULL || operation->ended <= segment->since)
		return;
	object = &segment->object;
	before = object->attaches;
	segment->touched = operation->ended;
	object->attaches = change < 0 && before < (uint64_t)-change ? 0 : before + (uint64_t)change;
	if (task != NULL && task->process->pid > 0)
		object->last_pid = task->process->pid;
	if (change > 0)
		object->attach_time = traced_model_seconds(model, operation);
	else
		object->detach_time = traced_model_seconds(model, operation);
	traced_model_report(model, operation, task, call,
	                    change > 0 ? EVENT_ATTACHED : EVENT_DETACHED, segment, before,
	                    object->attaches);
	if (object->attaches > 0 || !object->marked)
		return;
	traced_model_report(model, operation, task, false, EVENT_REMOVED, segment, 0, 0);
	traced_object_remove(&model->objects, segment);
}

void traced_model_created_late(struct traced_model *model, const struct traced_operation *operation,
                               struct traced_object *object)
{
	const bool is_segment = object->object.kind == KIND_SHM;
	const uint64_t attaches = is_segment ? 0 : EVENT_UNKNOWN;
	const struct traced_task *creator = NULL;

	object->since = operation->time - 1;
	if (is_segment) {
		object->object.attaches = 0;
		creator =
		    traced_task_find(&model->tasks, traced_task_key(object->object.creator_pid, 0));
	}
	traced_model_report(model, operation, creator, false, EVENT_CREATED, object, attaches,
	                    attaches);
}

/* The process leaves its memory, by execve(2) or at its end. */
static void leave_memory(struct traced_model *model, const struct traced_operation *operation)
{
	struct traced_process *process = operation->task->process;

	if (process->memory->references == 1) {
		for (size_t i = 0; i < process->memory->count; i++) {
			const struct traced_attach *attach = &process->memory->attaches[i];

			traced_model_attached(model, operation, operation->task, false, attach->id,
			                      -(int64_t)attach->count);
		}
	}
	traced_memory_release(process->memory);
	process->memory = traced_memory_new();
}

static void apply_fork(struct traced_model *model, const struct traced_operation *operation)
{
	const struct traced_task *child = operation->child;
	const struct traced_memory *memory;

	traced_process_inherit(child->process, operation->task->process, operation->shares_memory);
	memory = child->process->memory;
	for (size_t i = 0; i < memory->count && !operation->shares_memory; i++)
		traced_model_attached(model, operation, child, false, memory->attaches[i].id,
		                      memory->attaches[i].count);
}

static void set_command(struct traced_process *process, const struct traced_operation *operation)
{
	if (operation->command[0] != '\0')
		memcpy(process->command, operation->command, sizeof(process->command));
}

void traced_model_apply(struct traced_model *model, const struct traced_operation *operation)
{
	struct traced_process *process = operation->task->process;

	switch (operation->type) {
	case TRACED_CALL:
		if (process->is_stale)
			(void)traced_process_refresh(process);
		operation->call->apply(model, operation);
		break;
	case TRACED_FORK:
		apply_fork(model, operation);
		break;
	case TRACED_EXEC:
		leave_memory(model, operation);
		shared_text_replace(&process->cmdline, operation->cmdline);
		set_command(process, operation);
		process->is_stale = operation->uid == (uid_t)-1;
		if (!process->is_stale)
			process->uid = operation->uid;
		break;
	case TRACED_COMMAND:
		set_command(process, operation);
		break;
	case TRACED_CHANGE:
		if (!traced_process_refresh(process) && operation->uid != (uid_t)-1)
			process->uid = operation->uid;
		break;
	case TRACED_EXIT:
		if (process->threads == 1)
			leave_memory(model, operation);
		traced_task_free(operation->task);
		break;
	}
}

void traced_model_set_epoch(struct traced_model *model)
{
	const uint64_t before = clock_nanoseconds(CLOCK_MONOTONIC);
	const uint64_t epoch = clock_nanoseconds(CLOCK_REALTIME) - before;
	const uint64_t took = clock_nanoseconds(CLOCK_MONOTONIC) - before;
	const int64_t change = (int64_t)(epoch - model->epoch);

	if (model->epoch == 0 ||
	    (took < MILLISECOND && (change > MILLISECOND || change < -MILLISECOND)))
		model->epoch = epoch;
}

void traced_model_free(struct traced_model *model)
{
	traced_tasks_free(&model->tasks);
	traced_objects_free(&model->objects);
}
