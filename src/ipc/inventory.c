#include "ipc/inventory.h"

#include "ipc/posix.h"
#include "ipc/process.h"
#include "ipc/sysv.h"

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
}

int inventory_list(const struct object_filter *filter, const unsigned int needs[KIND_COUNT],
                   struct object_list *list, struct error *error)
{
	const unsigned int in_directory = KIND_BIT(KIND_PSHM) | KIND_BIT(KIND_PSEM);
	struct error second;
	int result = 0;

	if ((filter->kinds & KIND_BIT(KIND_SHM)) && sysv_list(list) < 0)
		result =
		    error_set_errno(error, errno, "not all System V segments can be looked at");
	if ((filter->kinds & in_directory) && posix_list(filter->kinds, list, &second) < 0) {
		if (result < 0)
			error_append(error, "; %s", second.text);
		else
			*error = second;
		result = -1;
	}
	drop_unwanted(filter, list);
	inventory_collect(list, needs);
	return result;
}

static int not_found(const struct ref *ref, struct error *error)
{
	if (errno == ENOTSUP)
		return error_set(error, STATUS_FAILED, "is no regular file, so no POSIX object");
	if (errno != ENOENT)
		return error_set_errno(error, errno, "can't be looked at");
	if (ref->kind != REF_POSIX)
		return error_set(error, STATUS_FAILED, "no such segment");
	return error_set(error, STATUS_FAILED, "no such %s", kind_noun(posix_file_kind(ref->file)));
}

int inventory_find(const struct ref *ref, struct object_list *list, struct error *error)
{
	int id = ref->id;
	int result;

	switch (ref->kind) {
	case REF_POSIX:
		result = posix_find(ref->file, list);
		break;
	case REF_KEY:
		result = sysv_find_key(ref->key, &id);
		if (result == 0)
			result = sysv_find(id, list);
		break;
	case REF_ID:
	default:
		result = sysv_find(id, list);
		break;
	}
	if (result < 0) {
		int saved = errno;

		not_found(ref, error);
		errno = saved;
	}
	return result;
}
