#include "events/traced_check.h"

#include "base/clock.h"
#include "objects/kind.h"
#include "objects/sysv_table.h"

#include <errno.h>

/* A comparison is followed by a rest, LEISURE times as long as it took: 0.4 % of a processor. */
enum { LEISURE = 250 };

/* One comparison. */
struct comparison {
	struct traced_check *check;
	struct traced_model *model;
	struct traced_operation operation; /* stands for what happened unseen */
	struct number_table unknown;       /* replaces check->unknown */
	bool is_wrong;                     /* the attaches of any segment */
};

static uint64_t number_of(const struct shm_object *object)
{
	return (uint64_t)object->kind << 32 | (uint32_t)object->id;
}

/* Whether nothing has happened to an object since the last comparison. */
static bool is_quiet(const struct comparison *comparison, const struct traced_object *object)
{
	return object->touched < comparison->check->last && object->since < comparison->check->last;
}

/* An object whose creation was not seen. */
static void take_unknown(struct comparison *comparison, const struct shm_object *found)
{
	const uint64_t number = number_of(found);
	struct traced_object *object;

	if (number_table_find(&comparison->check->unknown, number) == NULL) {
		number_table_set(&comparison->unknown, number, comparison->check);
		return;
	}
	object = traced_object_add(&comparison->model->objects, found->kind, found->id);
	object->object = *found;
	object->round = comparison->check->round;
	traced_model_created_late(comparison->model, &comparison->operation, object);
	if (found->kind != KIND_SHM)
		return;
	object->doubted_attaches = found->attaches;
	object->is_wrong = found->attaches > 0;
	comparison->is_wrong |= object->is_wrong;
}

/* Compare an object with the kernel's state of it. */
static void compare(const struct shm_object *found, void *state)
{
	struct comparison *comparison = state;
	struct traced_object *object =
	    traced_object_find(&comparison->model->objects, found->kind, found->id);
	bool is_same;

	if (object == NULL) {
		take_unknown(comparison, found);
		return;
	}
	object->round = comparison->check->round;
	object->is_missing = false;
	if (found->kind != KIND_SHM)
		return;
	is_same = object->is_doubtful && object->doubted_attaches == found->attaches;
	object->is_wrong =
	    is_same && is_quiet(comparison, object) && object->object.attaches != found->attaches;
	comparison->is_wrong |= object->is_wrong;
	object->is_doubtful = object->object.attaches != found->attaches;
	object->doubted_attaches = found->attaches;
}

/* A segment is gone, so that no process can have it attached any more. */
static void detach_all(struct comparison *comparison, int id)
{
	struct traced_model *model = comparison->model;
	const struct traced_task *task;
	size_t at = 0;

	while ((task = number_table_next(&model->tasks.table, &at)) != NULL) {
		struct traced_memory *memory = task->process->memory;

		for (size_t i = memory->count; i > 0; i--) {
			const struct traced_attach attach = memory->attaches[i - 1];

			if (attach.id != id)
				continue;
			traced_memory_remove(memory, &memory->attaches[i - 1]);
			traced_model_attached(model, &comparison->operation, task, false, id,
			                      -(int64_t)attach.count);
		}
	}
}

/* An object is gone, without a call that removed it. */
static void remove_missing(struct comparison *comparison, struct traced_object *object)
{
	struct traced_model *model = comparison->model;
	const enum object_kind kind = object->object.kind;
	const int id = object->object.id;

	if (kind == KIND_SHM && object->object.attaches > 0)
		detach_all(comparison, id);
	/* With its last attach, a marked one is removed. */
	object = traced_object_find(&model->objects, kind, id);
	if (object == NULL)
		return;
	traced_model_report(model, &comparison->operation, NULL, false, EVENT_REMOVED, object,
	                    EVENT_UNKNOWN, EVENT_UNKNOWN);
	traced_object_remove(&model->objects, object);
}

/* Find the objects that are gone. */
static void find_missing(struct comparison *comparison, enum object_kind kind)
{
	struct traced_model *model = comparison->model;
	struct traced_object *object;
	size_t at = 0;

	while ((object = number_table_next(&model->objects.tables[kind], &at)) != NULL) {
		if (object->round == comparison->check->round)
			continue;
		if (!object->is_missing || !is_quiet(comparison, object)) {
			object->is_missing = true;
			continue;
		}
		remove_missing(comparison, object);
		/* Others may have moved to places that were looked at. */
		at = 0;
	}
}

static bool is_wrong(const struct traced_model *model, int id)
{
	const struct traced_object *object = traced_object_find(&model->objects, KIND_SHM, id);

	return object != NULL && object->is_wrong;
}

/* Find the changes of one process. */
static void compare_memory(struct comparison *comparison, const struct traced_task *task,
                           const struct traced_memory *now)
{
	struct traced_model *model = comparison->model;
	struct traced_memory *before = task->process->memory;

	for (size_t i = before->count; i > 0; i--) {
		const struct traced_attach attach = before->attaches[i - 1];
		const struct traced_attach *same = traced_memory_find(now, attach.address);
		const unsigned int count = same != NULL && same->id == attach.id ? same->count : 0;

		if (!is_wrong(model, attach.id) || count == attach.count)
			continue;
		traced_memory_remove(before, &before->attaches[i - 1]);
		if (count > 0)
			traced_memory_set(before, attach.address, attach.id, count);
		traced_model_attached(model, &comparison->operation, task, false, attach.id,
		                      (int64_t)count - (int64_t)attach.count);
	}
	for (size_t i = 0; i < now->count; i++) {
		const struct traced_attach *attach = &now->attaches[i];

		if (!is_wrong(model, attach->id) ||
		    traced_memory_find(before, attach->address) != NULL)
			continue;
		traced_memory_set(before, attach->address, attach->id, attach->count);
		traced_model_attached(model, &comparison->operation, task, false, attach->id,
		                      attach->count);
	}
}

/* Find the processes whose attaches have changed. */
static void compare_processes(struct comparison *comparison)
{
	const struct traced_task *task;
	size_t at = 0;

	while ((task = number_table_next(&comparison->model->tasks.table, &at)) != NULL) {
		struct traced_memory *now;

		if (task->tid <= 0 || task->tid != task->process->pid ||
		    task->ipc != comparison->model->ipc)
			continue;
		now = traced_memory_new();
		if (traced_memory_read(now, task->tid) == 0 || errno == ESRCH || errno == ENOENT)
			compare_memory(comparison, task, now);
		traced_memory_release(now);
	}
}

/* Changes that no process explains: those of processes that can't be seen. */
static void settle(struct comparison *comparison)
{
	struct traced_model *model = comparison->model;
	struct traced_object *object;
	size_t at = 0;

	while ((object = number_table_next(&model->objects.tables[KIND_SHM], &at)) != NULL) {
		const int64_t change =
		    (int64_t)object->doubted_attaches - (int64_t)object->object.attaches;

		if (!object->is_wrong)
			continue;
		object->is_wrong = false;
		object->is_doubtful = false;
		if (change != 0)
			traced_model_attached(model, &comparison->operation, NULL, false,
			                      object->object.id, change);
	}
}

bool traced_check_run(struct traced_check *check, struct traced_model *model, uint64_t known)
{
	const uint64_t now = clock_nanoseconds(CLOCK_MONOTONIC);
	struct comparison comparison = {
		.check = check,
		.model = model,
		.operation = { .type = TRACED_EXIT, .time = now, .ended = now },
	};
	const uint64_t began = clock_nanoseconds(CLOCK_THREAD_CPUTIME_ID);
	uint64_t rest;

	if (now < check->due || known < check->last)
		return false;
	check->round++;
	for (unsigned int kind = 0; kind < KIND_COUNT; kind++) {
		if ((model->kinds & KIND_BIT(kind)) &&
		    sysv_table_walk(object_kinds[kind].table, compare, &comparison) == 0)
			find_missing(&comparison, (enum object_kind)kind);
	}
	if (comparison.is_wrong) {
		compare_processes(&comparison);
		settle(&comparison);
	}
	traced_check_free(check);
	check->unknown = comparison.unknown;
	check->last = clock_nanoseconds(CLOCK_MONOTONIC);
	rest = (clock_nanoseconds(CLOCK_THREAD_CPUTIME_ID) - began) * LEISURE;
	check->due = check->last + (rest > NANOSECONDS_PER_SECOND ? rest : NANOSECONDS_PER_SECOND);
	return true;
}

void traced_check_free(struct traced_check *check)
{
	number_table_free(&check->unknown);
}
