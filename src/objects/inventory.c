#include "objects/inventory.h"

#include "objects/message_queue.h"
#include "objects/posix.h"
#include "objects/posix_queue.h"
#include "objects/segment.h"
#include "objects/semaphore_set.h"
#include "system/process.h"
#include "usage/verdict.h"

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

/* Leave what a filter wants to be used, or not to be. What is unknown is never chosen. */
static void drop_by_use(const struct object_filter *filter, struct object_list *list)
{
	size_t kept = 0;

	for (size_t i = 0; i < list->count; i++) {
		const struct object_usage *usage = list->objects[i].usage;

		if (usage != NULL && (filter->uses & USE_BIT(usage->use)))
			list->objects[kept++] = list->objects[i];
		else if (usage != NULL && usage->use == USE_UNKNOWN &&
		         (filter->uses & USE_BIT(USE_UNUSED)))
			list->usages->left_out++;
	}
	list->count = kept;
}

/* The filters that need a look at the processes. After a failure nothing is left. */
static int drop_by_users(const struct object_filter *filter, struct object_list *list,
                         struct error *error)
{
	struct error cause;

	if (filter->used_by.given &&
	    verdict_keep_used_by(list, (pid_t)filter->used_by.id, &cause) < 0)
		return error_set(error, cause.status, "--used-by: %s", cause.text);
	if (filter->uses == 0)
		return 0;
	if (verdict_collect(list, KINDS_WITH_USERS, error) < 0) {
		list->count = 0;
		return -1;
	}
	drop_by_use(filter, list);
	return 0;
}

static unsigned int kinds_with_need(const unsigned int needs[KIND_COUNT], unsigned int need)
{
	unsigned int kinds = 0;

	for (unsigned int kind = 0; kind < KIND_COUNT; kind++) {
		if (needs[kind] & need)
			kinds |= KIND_BIT(kind);
	}
	return kinds;
}

int inventory_collect(struct object_list *list, const unsigned int needs[KIND_COUNT],
                      struct error *error)
{
	if (needs[KIND_SHM] & (NEED_USED | NEED_RESIDENCY))
		sysv_collect_residency(list);
	if (needs[KIND_SHM] & NEED_COMMAND)
		collect_commands(list);
	posix_collect(list, KIND_PSHM, needs[KIND_PSHM]);
	posix_collect(list, KIND_PSEM, needs[KIND_PSEM]);
	posix_queue_collect(list, needs[KIND_PMSG]);
	/* What was looked up for a filter is there. */
	if (list->usages == NULL && kinds_with_need(needs, NEED_USERS) != 0)
		return verdict_collect(list, kinds_with_need(needs, NEED_USERS), error);
	return 0;
}

/* Keep the sentences of all kinds that failed. */
static void gather(int result, const struct error *one, int *all, struct error *error)
{
	if (result == 0)
		return;
	if (*all < 0)
		error_append(error, "; %s", one->text);
	else
		*error = *one;
	*all = -1;
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

int inventory_list(const struct object_filter *filter, const unsigned int needs[KIND_COUNT],
                   struct object_list *list, struct error *error)
{
	struct error one;
	int result = 0;

	for (unsigned int kind = 0; kind < KIND_COUNT; kind++) {
		const unsigned int wanted = filter->kinds & KIND_BIT(kind);

		if (wanted & KINDS_SYSV)
			gather(list_sysv((enum object_kind)kind, list, &one), &one, &result, error);
		/* One directory has both kinds. */
		else if (kind == KIND_PSHM && (filter->kinds & KINDS_DEVSHM))
			gather(posix_list(filter->kinds & KINDS_DEVSHM, list, &one), &one, &result,
			       error);
		else if (wanted & KIND_BIT(KIND_PMSG))
			gather(posix_queue_list(list, &one), &one, &result, error);
	}
	/* A queue's size is a limit that must be asked for. */
	if (filter->min_size.given || filter->max_size.given)
		posix_queue_collect(list, NEED_MESSAGES);
	drop_unwanted(filter, list);
	gather(drop_by_users(filter, list, &one), &one, &result, error);
	gather(inventory_collect(list, needs, &one), &one, &result, error);
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
