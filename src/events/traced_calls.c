#include "events/traced_model.h"

#include "base/clock.h"
#include "system/linux.h"

#include <string.h>

static void report(struct traced_model *model, const struct traced_operation *operation,
                   enum event_type type, const struct traced_object *object)
{
	const uint64_t attaches = object != NULL && object->object.kind == KIND_SHM
	                              ? object->object.attaches
	                              : EVENT_UNKNOWN;

	traced_model_report(model, operation, operation->task, true, type, object, attaches,
	                    attaches);
}

struct traced_object *traced_model_find(struct traced_model *model,
                                        const struct traced_operation *operation, int id)
{
	const enum object_kind kind = operation->call->kind;
	struct traced_object *object = traced_object_find(&model->objects, kind, id);
	struct shm_object found;

	if (object != NULL || operation->result < 0 || id < 0 ||
	    traced_object_look(kind, id, &found) < 0)
		return object;
	object = traced_object_add(&model->objects, kind, id);
	object->object = found;
	object->since = clock_nanoseconds(CLOCK_MONOTONIC);
	object->touched = operation->ended;
	if (operation->time >= model->start)
		traced_model_created_late(model, operation, object);
	return object;
}

/* The arguments of shmget(2), semget(2) and msgget(2). */
struct get {
	key_t key;
	uint64_t size; /* bytes or semaphores */
	int flags;
};

static struct get get_arguments(const struct traced_operation *operation)
{
	const struct get get = {
		.key = (key_t)operation->arguments[0],
		.size = operation->call->kind == KIND_MSG   ? 0
		        : operation->call->kind == KIND_SEM ? (uint32_t)operation->arguments[1]
		                                            : operation->arguments[1],
		.flags = (int)operation->arguments[operation->call->kind == KIND_MSG ? 1 : 2],
	};

	return get;
}

/*
 * Whether the call made the object that it returned. Of two processes that may both have made it,
 * the kernel names the right one.
 */
static bool has_made(const struct traced_operation *operation, const struct get *get,
                     const struct traced_object *known, const struct shm_object *found)
{
	const pid_t pid = operation->task->process->pid;

	if (get->key == IPC_PRIVATE ||
	    (get->flags & (IPC_CREAT | IPC_EXCL)) == (IPC_CREAT | IPC_EXCL))
		return known == NULL || operation->ended > known->since;
	return known == NULL && (get->flags & IPC_CREAT) &&
	       (found == NULL || found->kind != KIND_SHM || found->creator_pid == pid);
}

/* The object as it was when it was made, even if it has changed or is gone. */
static struct traced_object *add_made(struct traced_model *model,
                                      const struct traced_operation *operation,
                                      const struct get *get, const struct shm_object *found)
{
	const struct traced_process *process = operation->task->process;
	const enum object_kind kind = operation->call->kind;
	struct traced_object *made =
	    traced_object_add(&model->objects, kind, (int)operation->result);
	struct shm_object *object = &made->object;

	if (found != NULL) {
		*object = *found;
	} else {
		object->uid = process->uid;
		object->gid = (gid_t)-1;
		object->creator_uid = process->uid;
		object->creator_gid = (gid_t)-1;
	}
	object->key = get->key;
	object->mode = (mode_t)get->flags & 0777;
	object->change_time = traced_model_seconds(model, operation);
	if (kind == KIND_SHM) {
		object->bytes = get->size;
		object->creator_pid = process->pid;
		object->last_pid = 0;
		object->attaches = 0;
		object->attach_time = 0;
		object->detach_time = 0;
		object->marked = false;
		object->locked = false;
	} else if (kind == KIND_SEM) {
		object->semaphores = get->size;
		object->operation_time = 0;
	} else {
		object->messages = 0;
		object->used = 0;
		object->send_pid = 0;
		object->receive_pid = 0;
		object->send_time = 0;
		object->receive_time = 0;
	}
	made->since = operation->time;
	made->touched = operation->ended;
	return made;
}

static void apply_get(struct traced_model *model, const struct traced_operation *operation)
{
	const enum object_kind kind = operation->call->kind;
	const struct get get = get_arguments(operation);
	const int id = (int)operation->result;
	struct traced_object *known = NULL;
	struct traced_object seen = { .since = 0 };
	struct shm_object found;
	bool is_found;

	if (operation->result >= 0)
		known = traced_object_find(&model->objects, kind, id);
	if (operation->result < 0 || (known != NULL && !has_made(operation, &get, known, NULL))) {
		report(model, operation, EVENT_CALLED, known);
		return;
	}
	is_found = traced_object_look(kind, id, &found) == 0;
	if (!has_made(operation, &get, known, is_found ? &found : NULL)) {
		/* It becomes known with the call that made it, which may follow. */
		if (is_found)
			seen.object = found;
		report(model, operation, EVENT_CALLED, is_found ? &seen : NULL);
		return;
	}
	/* Its removal was not seen. */
	if (known != NULL) {
		traced_model_report(model, operation, NULL, false, EVENT_REMOVED, known,
		                    EVENT_UNKNOWN, EVENT_UNKNOWN);
		traced_object_remove(&model->objects, known);
	}
	known = add_made(model, operation, &get, is_found ? &found : NULL);
	report(model, operation, EVENT_CREATED, known);
}

static void apply_attach(struct traced_model *model, const struct traced_operation *operation)
{
	const int id = (int)operation->arguments[0];
	const uint64_t address = (uint64_t)operation->result;
	struct traced_memory *memory = operation->task->process->memory;
	struct traced_attach *old;

	if (operation->result < 0 && operation->result >= -4095) {
		report(model, operation, EVENT_CALLED,
		       traced_object_find(&model->objects, KIND_SHM, id));
		return;
	}
	(void)traced_model_find(model, operation, id);
	old = traced_memory_find(memory, address);
	/* The old one was unmapped, or replaced with SHM_REMAP. */
	if (old != NULL && operation->time >= model->start)
		traced_model_attached(model, operation, operation->task, false, old->id,
		                      -(int64_t)old->count);
	traced_memory_set(memory, address, id, 1);
	traced_model_attached(model, operation, operation->task, true, id, 1);
}

static void apply_detach(struct traced_model *model, const struct traced_operation *operation)
{
	struct traced_memory *memory = operation->task->process->memory;
	struct traced_attach *known = traced_memory_find(memory, operation->arguments[0]);
	struct traced_attach attach;

	if (operation->result < 0 || known == NULL) {
		report(model, operation, EVENT_CALLED, NULL);
		return;
	}
	attach = *known;
	traced_memory_remove(memory, known);
	traced_model_attached(model, operation, operation->task, true, attach.id,
	                      -(int64_t)attach.count);
}

static void remove_object(struct traced_model *model, const struct traced_operation *operation,
                          struct traced_object *object)
{
	object->touched = operation->ended;
	if (object->object.kind == KIND_SHM && object->object.attaches > 0) {
		object->object.marked = true;
		report(model, operation, EVENT_MARKED, object);
		return;
	}
	report(model, operation, EVENT_REMOVED, object);
	traced_object_remove(&model->objects, object);
}

/* IPC_SET. The new values are in memory of the process, so the object is read. */
static void change_object(struct traced_model *model, const struct traced_operation *operation,
                          struct traced_object *object)
{
	const uint64_t before = object->object.bytes;
	struct shm_object now;

	object->touched = operation->ended;
	if (traced_object_look(object->object.kind, object->object.id, &now) == 0) {
		object->object.uid = now.uid;
		object->object.gid = now.gid;
		object->object.mode = now.mode;
		object->object.bytes = now.bytes;
		object->object.change_time = now.change_time;
	}
	if (object->object.bytes != before)
		traced_model_report(model, operation, operation->task, true, EVENT_RESIZED, object,
		                    before, object->object.bytes);
	else
		report(model, operation, EVENT_CHANGED, object);
}

/* The object of shmctl(2) and its like; -1: the command concerns none. */
static int control_id(const struct traced_operation *operation, int command)
{
	/* The first argument is an index, and the result is the id; or it has no meaning. */
	static const struct {
		int by_index[2];
		int none;
	} commands[KIND_COUNT] = {
		[KIND_SHM] = { { SHM_STAT, SHM_STAT_ANY }, SHM_INFO },
		[KIND_MSG] = { { MSG_STAT, MSG_STAT_ANY }, MSG_INFO },
		[KIND_SEM] = { { SEM_STAT, SEM_STAT_ANY }, SEM_INFO },
	};
	const enum object_kind kind = operation->call->kind;

	if (command == IPC_INFO || command == commands[kind].none)
		return -1;
	if (command == commands[kind].by_index[0] || command == commands[kind].by_index[1])
		return (int)operation->result;
	return (int)operation->arguments[0];
}

static void apply_control(struct traced_model *model, const struct traced_operation *operation)
{
	const enum object_kind kind = operation->call->kind;
	const size_t place = kind == KIND_SEM ? 2 : 1;
	const int command = (int)operation->arguments[place] & ~LINUX_IPC_64;
	const int id = control_id(operation, command);
	struct traced_object *object = traced_model_find(model, operation, id);

	/* Its creation was not seen either. */
	if (object == NULL && command == IPC_RMID && operation->result >= 0) {
		object = traced_object_add(&model->objects, kind, id);
		object->object.uid = (uid_t)-1;
		object->object.gid = (gid_t)-1;
	}
	if (operation->result < 0 || object == NULL || operation->ended <= object->since) {
		report(model, operation, EVENT_CALLED, object);
	} else if (command == IPC_RMID) {
		remove_object(model, operation, object);
	} else if (command == IPC_SET) {
		change_object(model, operation, object);
	} else if (kind == KIND_SHM && (command == SHM_LOCK || command == SHM_UNLOCK)) {
		object->object.locked = command == SHM_LOCK;
		object->touched = operation->ended;
		report(model, operation, command == SHM_LOCK ? EVENT_LOCKED : EVENT_UNLOCKED,
		       object);
	} else {
		report(model, operation, EVENT_CALLED, object);
	}
}

static void apply_use(struct traced_model *model, const struct traced_operation *operation)
{
	report(model, operation, EVENT_CALLED,
	       traced_model_find(model, operation, (int)operation->arguments[0]));
}

/* The descriptor of the queue that a call concerns; -1: none. */
static int queue_descriptor(const struct traced_operation *operation)
{
	if (strcmp(operation->call->name, "mq_unlink") == 0)
		return -1;
	if (strcmp(operation->call->name, "mq_open") == 0)
		return (int)operation->result;
	return (int)operation->arguments[0];
}

/*
 * POSIX queues: another source reports their events. The name that mq_open(3) and
 * mq_unlink(3) are given is in memory of the process; that of a descriptor is known as long as the
 * process has it.
 */
static void apply_queue(struct traced_model *model, const struct traced_operation *operation)
{
	const int fd = queue_descriptor(operation);
	struct traced_process *process = operation->task->process;
	const bool is_new = strcmp(operation->call->name, "mq_open") == 0;
	const char *name = traced_process_queue(process, fd, is_new);
	const struct traced_object queue = {
		.object = {
			.kind = KIND_PMSG,
			.uid = (uid_t)-1,
			.gid = (gid_t)-1,
			.name = name,
		},
	};

	traced_model_report(model, operation, operation->task, true, EVENT_CALLED,
	                    name != NULL ? &queue : NULL, EVENT_UNKNOWN, EVENT_UNKNOWN);
}

/* The commands that change something: IPC_RMID, IPC_SET, SHM_LOCK and SHM_UNLOCK. */
#define CHANGING(field) field " < 2 || " field " == 256 || " field " == 257"

const struct traced_call traced_calls[] = {
	{ "shmget", KIND_SHM, true, false, NULL, apply_get },
	{ "shmat", KIND_SHM, true, false, NULL, apply_attach },
	{ "shmdt", KIND_SHM, false, false, NULL, apply_detach },
	{ "shmctl", KIND_SHM, false, false,
	  CHANGING("cmd") " || cmd == 11 || cmd == 12 || cmd == 267 || cmd == 268", apply_control },
	{ "semget", KIND_SEM, true, false, NULL, apply_get },
	{ "semctl", KIND_SEM, false, false, CHANGING("cmd"), apply_control },
	{ "semop", KIND_SEM, false, true, NULL, apply_use },
	{ "semtimedop", KIND_SEM, false, true, NULL, apply_use },
	{ "msgget", KIND_MSG, true, false, NULL, apply_get },
	{ "msgctl", KIND_MSG, false, false, CHANGING("cmd"), apply_control },
	{ "msgsnd", KIND_MSG, false, true, NULL, apply_use },
	{ "msgrcv", KIND_MSG, false, true, NULL, apply_use },
	{ "mq_open", KIND_PMSG, false, true, NULL, apply_queue },
	{ "mq_unlink", KIND_PMSG, false, true, NULL, apply_queue },
	{ "mq_timedsend", KIND_PMSG, false, true, NULL, apply_queue },
	{ "mq_timedreceive", KIND_PMSG, false, true, NULL, apply_queue },
	{ "mq_notify", KIND_PMSG, false, true, NULL, apply_queue },
	{ "mq_getsetattr", KIND_PMSG, false, true, NULL, apply_queue },
	{ .name = NULL },
};
