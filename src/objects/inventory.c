#include "objects/inventory.h"

#include "objects/message_queue.h"
#include "objects/posix.h"
#include "objects/posix_queue.h"
#include "objects/segment.h"
#include "objects/semaphore_set.h"
#include "system/process.h"

#include <errno.h>

static void drop_unwanted(const struct object_filter *filter, struct object_list *list)
{
	time_t now = time(NULL);
	size_t kept = 0;

	if (filter_takes_all(filter))
		return;
	for (size_t i = 0; i < list->count; i++) {
		if (!filter_match(filter, &list->objects[i], now))
			continue;
		if (kept != i)
			list->objects[kept] = list->objects[i];
		kept++;
	}
	list->count = kept;
}

static void collect_commands(struct object_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		struct shm_object *object = &list->objects[i];

		char command[COMMAND_SIZE];

		if (object->kind == KIND_SHM &&
		    process_creator_command(object->creator_pid, object->change_time, command))
			object->command = object_list_text(list, "", command);
	}
}

void inventory_collect(struct object_list *list, const unsigned int needs[KIND_COUNT])
{
	if (needs[KIND_SHM] & (NEED_USED | NEED_RESIDENCY))
		sysv_collect_residency(list);
	if (needs[KIND_SHM] & NEED_COMMAND)
		collect_commands(list);
	posix_collect(list, KIND_PSHM, needs[KIND_PSHM]);
	posix_collect(list, KIND_PSEM, needs[KIND_PSEM]);
	posix_queue_collect(list, needs[KIND_PMSG]);
}

static int list_sysv(enum object_kind kind, struct object_list *list, struct error *error)
{
	const char *plural;
	int result;

	switch (kind) {
	case KIND_MSG:
		plural = "message queues";
		result = queue_list(list);
		break;
	case KIND_SEM:
		plural = "semaphore sets";
		result = semaphore_set_list(list);
		break;
	default:
		plural = "segments";
		result = sysv_list(list);
		break;
	}
	if (result == 0)
		return 0;
	return error_set_errno(error, errno, "not all System V %s can be looked at", plural);
}

int inventory_list(const struct object_filter *filter, struct object_list *list,
                   struct error *error)
{
	struct error one;
	int result = 0;

	for (unsigned int kind = 0; kind < KIND_COUNT; kind++) {
		const unsigned int wanted = filter->kinds & KIND_BIT(kind);
		int listed = 0;

		if (wanted & KINDS_SYSV)
			listed = list_sysv((enum object_kind)kind, list, &one);
		/* One directory has both kinds. */
		else if (kind == KIND_PSHM && (filter->kinds & KINDS_DEVSHM))
			listed = posix_list(filter->kinds & KINDS_DEVSHM, list, &one);
		else if (wanted & KIND_BIT(KIND_PMSG))
			listed = posix_queue_list(list, &one);
		if (listed < 0)
			result = error_join(error, result, &one);
	}
	/* A queue's size is a limit that must be asked for. */
	if (filter->min_size.given || filter->max_size.given)
		posix_queue_collect(list, NEED_MESSAGES);
	drop_unwanted(filter, list);
	return result;
}

static int not_found(const struct ref *ref, struct error *error)
{
	if (errno == ENOTSUP)
		return error_set(error, STATUS_FAILED, "is no regular file, so no POSIX object");
	if (errno != ENOENT)
		return error_set_errno(error, errno, "can't be looked at");
	return error_set(error, STATUS_FAILED, "no such %s", kind_noun(ref->object));
}

static int find_key(const struct ref *ref, int *id)
{
	switch (ref->object) {
	case KIND_MSG:
		return queue_find_key(ref->key, id);
	case KIND_SEM:
		return semaphore_set_find_key(ref->key, id);
	default:
		return sysv_find_key(ref->key, id);
	}
}

static int find_id(enum object_kind kind, int id, struct object_list *list)
{
	switch (kind) {
	case KIND_MSG:
		return queue_find(id, list);
	case KIND_SEM:
		return semaphore_set_find(id, list);
	default:
		return sysv_find(id, list);
	}
}

int inventory_find(const struct ref *ref, struct object_list *list, struct error *error)
{
	int id = ref->id;
	int result = 0;

	if (ref->object == KIND_PMSG)
		result = posix_queue_find(ref->file, list);
	else if (ref->kind == REF_POSIX)
		result = posix_find(ref->file, list);
	else if (ref->kind == REF_KEY && find_key(ref, &id) < 0)
		result = -1;
	else
		result = find_id(ref->object, id, list);
	if (result < 0) {
		int saved = errno;

		not_found(ref, error);
		errno = saved;
	}
	return result;
}
