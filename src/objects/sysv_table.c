#include "objects/sysv_table.h"

#include "system/user_map.h"

#include <errno.h>
#include <sys/stat.h>

void sysv_fill(struct shm_object *object, enum object_kind kind, int id,
               const struct ipc_perm *perm)
{
	object->kind = kind;
	object->id = id;
	object->key = perm->__key;
	object->uid = perm->uid;
	object->gid = perm->gid;
	object->creator_uid = perm->cuid;
	object->creator_gid = perm->cgid;
	object->mode = perm->mode & (S_IRWXU | S_IRWXG | S_IRWXO);
	/* A list is long, and this is rare. */
	if (user_map_is_used()) {
		object->uid = user_map_user(perm->uid);
		object->gid = user_map_group(perm->gid);
		object->creator_uid = user_map_user(perm->cuid);
		object->creator_gid = user_map_group(perm->cgid);
	}
}

static bool is_gone(int number)
{
	return number == EINVAL || number == EIDRM;
}

int sysv_index_walk(int highest, sysv_stat_fn *stat_any, sysv_visit_fn *visit, void *state)
{
	int failure = 0;

	if (highest < 0)
		return -1;
	for (int index = 0; index <= highest; index++) {
		struct shm_object object = { .known = 0 };

		if (stat_any(index, &object) >= 0)
			visit(&object, state);
		else if (!is_gone(errno))
			failure = errno;
	}
	errno = failure;
	return failure != 0 ? -1 : 0;
}

int sysv_index_list(int highest, sysv_stat_fn *stat_any, struct object_list *list)
{
	int failure = 0;

	if (highest < 0)
		return -1;
	for (int index = 0; index <= highest; index++) {
		struct shm_object *object = object_list_add(list);

		if (object == NULL)
			return -1;
		if (stat_any(index, object) >= 0)
			continue;
		object_list_drop(list);
		if (!is_gone(errno))
			failure = errno;
	}
	errno = failure;
	return failure != 0 ? -1 : 0;
}

int sysv_index_stat(int id, sysv_stat_fn *stat_any, struct shm_object *object)
{
	int found = stat_any(id, object);

	if (found < 0 && !is_gone(errno))
		return -1;
	/* A negative id is none, whatever it is compared with. */
	if (found < 0 || found != id) {
		errno = ENOENT;
		return -1;
	}
	return 0;
}

int sysv_index_find(int id, sysv_stat_fn *stat_any, struct object_list *list)
{
	struct shm_object *object = object_list_add(list);

	if (object == NULL)
		return -1;
	if (sysv_index_stat(id, stat_any, object) == 0)
		return 0;
	object_list_drop(list);
	return -1;
}
