#include "objects/sysv_table.h"

#include "base/number.h"
#include "system/user_map.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
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
	/* Skip the lookup in the usual case, since lists are long. */
	if (user_map_is_used()) {
		object->uid = user_map_user(perm->uid);
		object->gid = user_map_group(perm->gid);
		object->creator_uid = user_map_user(perm->cuid);
		object->creator_gid = user_map_group(perm->cgid);
	}
}

void sysv_fill_from_row(struct shm_object *object, enum object_kind kind,
                        const struct sysv_row *row, size_t owner)
{
	const struct ipc_perm perm = {
		.__key = (key_t)row->columns[SYSV_ROW_KEY],
		.uid = (uid_t)row->columns[owner],
		.gid = (gid_t)row->columns[owner + 1],
		.cuid = (uid_t)row->columns[owner + 2],
		.cgid = (gid_t)row->columns[owner + 3],
		.mode = (typeof(perm.mode))row->columns[SYSV_ROW_MODE],
	};

	sysv_fill(object, kind, (int)row->columns[SYSV_ROW_ID], &perm);
}

bool sysv_row_parse(const char *line, struct sysv_row *row)
{
	for (row->count = 0; row->count < SYSV_COLUMNS_MAX; row->count++) {
		if (number_take_signed(&line,
		                       row->count == SYSV_ROW_MODE ? NUMBER_OCTAL : NUMBER_DECIMAL,
		                       &row->columns[row->count], NULL) == NUMBER_NONE)
			break;
	}
	return row->count >= SYSV_ROW_FIRST;
}

int sysv_read_rows(const char *path, sysv_row_fn *take, void *state)
{
	FILE *stream = fopen(path, "re");
	bool wanted = true;
	char *line = NULL;
	size_t size = 0;
	int failure = 0;

	if (stream == NULL)
		return -1;
	while (wanted && (errno = 0, getline(&line, &size, stream)) > 0) {
		struct sysv_row row;

		if (sysv_row_parse(line, &row))
			wanted = take(&row, state);
	}
	if (wanted && !feof(stream))
		failure = errno != 0 ? errno : EIO;
	free(line);
	fclose(stream);
	errno = failure;
	return failure != 0 ? -1 : 0;
}

bool sysv_is_refused(int number)
{
	return number == EPERM || number == EACCES || number == ENOSYS;
}

bool sysv_answers(enum object_kind kind)
{
	struct shminfo segments;
	struct msginfo queues;
	struct seminfo sets;

	if (kind == KIND_MSG)
		return msgctl(0, IPC_INFO, (struct msqid_ds *)(void *)&queues) >= 0;
	if (kind == KIND_SEM)
		return semctl(0, 0, IPC_INFO, &sets) >= 0;
	return shmctl(0, IPC_INFO, (struct shmid_ds *)(void *)&segments) >= 0;
}

static bool is_gone(int number)
{
	return number == EINVAL || number == EIDRM;
}

/* A walk through the lines of a file. */
struct row_walk {
	const struct sysv_table *table;
	sysv_visit_fn *visit;
	void *state;
	int after; /* skip the lines up to this id; -1: none */
};

static bool visit_row(const struct sysv_row *row, void *state)
{
	struct row_walk *walk = state;
	struct shm_object object = { .known = 0 };

	if (row->count < walk->table->columns)
		return true;
	if (walk->after < 0) {
		walk->table->fill(row, &object);
		walk->visit(&object, walk->state);
	} else if ((int)row->columns[SYSV_ROW_ID] == walk->after) {
		walk->after = -1;
	}
	return true;
}

/* Continue in the file after a call was denied with errno. */
static int walk_rows(const struct sysv_table *table, int after, sysv_visit_fn *visit, void *state)
{
	struct row_walk walk = { table, visit, state, after };
	const int refusal = errno;

	/* If the last object has been removed meanwhile, the place to continue is unknown. */
	if (sysv_read_rows(table->path, visit_row, &walk) == 0 && walk.after < 0)
		return 0;
	errno = refusal;
	return -1;
}

int sysv_table_walk(const struct sysv_table *table, sysv_visit_fn *visit, void *state)
{
	const int highest = table->highest();
	int failure = 0;
	int last = -1;

	if (highest < 0)
		return sysv_is_refused(errno) ? walk_rows(table, -1, visit, state) : -1;
	for (int index = 0; index <= highest; index++) {
		struct shm_object object = { .known = 0 };
		const int id = table->stat_any(index, &object);

		if (id >= 0) {
			visit(&object, state);
			last = id;
		} else if (sysv_is_refused(errno)) {
			return walk_rows(table, last, visit, state);
		} else if (!is_gone(errno)) {
			failure = errno;
		}
	}
	errno = failure;
	return failure != 0 ? -1 : 0;
}

static void add_to_list(const struct shm_object *object, void *list)
{
	*object_list_add(list) = *object;
}

int sysv_table_list(const struct sysv_table *table, struct object_list *list)
{
	return sysv_table_walk(table, add_to_list, list);
}

/* A search for one object in the lines of a file. */
struct row_search {
	const struct sysv_table *table;
	struct shm_object *object;
	int id;
	bool found;
};

static bool compare_row(const struct sysv_row *row, void *state)
{
	struct row_search *search = state;

	if (row->count < search->table->columns || (int)row->columns[SYSV_ROW_ID] != search->id)
		return true;
	search->table->fill(row, search->object);
	search->found = true;
	return false;
}

static int look_in_rows(const struct sysv_table *table, int id, struct shm_object *object)
{
	struct row_search search = { .table = table, .object = object, .id = id };
	const int refusal = errno;

	if (sysv_read_rows(table->path, compare_row, &search) < 0) {
		errno = refusal;
		return -1;
	}
	errno = ENOENT;
	return search.found ? 0 : -1;
}

int sysv_table_look(const struct sysv_table *table, int id, struct shm_object *object)
{
	int found = table->stat_any(id, object);

	if (found < 0 && sysv_is_refused(errno))
		return look_in_rows(table, id, object);
	if (found < 0 && !is_gone(errno))
		return -1;
	/* A negative id is never valid. */
	if (found < 0 || found != id) {
		errno = ENOENT;
		return -1;
	}
	return 0;
}

int sysv_table_find(const struct sysv_table *table, int id, struct object_list *list)
{
	struct shm_object *object = object_list_add(list);

	if (sysv_table_look(table, id, object) == 0)
		return 0;
	object_list_drop(list);
	return -1;
}
