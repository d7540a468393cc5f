#include "objects/semaphore_set.h"

#include "objects/sysv_perm.h"
#include "objects/sysv_table.h"
#include "system/linux.h"

#include <errno.h>
#include <stdio.h>

static int stat_set(int index, struct shm_object *object)
{
	struct semid_ds ds = { .sem_nsems = 0 };
	/* The union that semctl(2) takes has no declaration; its member is passed instead. */
	int id = semctl(index, 0, SEM_STAT_ANY, &ds);

	if (id < 0)
		return id;
	sysv_fill(object, KIND_SEM, id, &ds.sem_perm);
	object->semaphores = ds.sem_nsems;
	object->operation_time = ds.sem_otime;
	object->change_time = ds.sem_ctime;
	return id;
}

static int highest_index(void)
{
	struct seminfo info;

	return semctl(0, 0, IPC_INFO, &info);
}

static void fill_set(const struct sysv_row *row, struct shm_object *object)
{
	enum { ROW_NSEMS = SYSV_ROW_FIRST, ROW_UID, ROW_OTIME = ROW_UID + 4, ROW_CTIME };

	sysv_fill_from_row(object, KIND_SEM, row, ROW_UID);
	object->semaphores = row->columns[ROW_NSEMS];
	object->operation_time = (time_t)row->columns[ROW_OTIME];
	object->change_time = (time_t)row->columns[ROW_CTIME];
}

const struct sysv_table semaphore_set_table = {
	.path = "/proc/sysvipc/sem",
	.columns = 10,
	.highest = highest_index,
	.stat_any = stat_set,
	.fill = fill_set,
};

int semaphore_set_list(struct object_list *list)
{
	return sysv_table_list(&semaphore_set_table, list);
}

int semaphore_set_walk(sysv_visit_fn *visit, void *state)
{
	return sysv_table_walk(&semaphore_set_table, visit, state);
}

int semaphore_set_find(int id, struct object_list *list)
{
	return sysv_table_find(&semaphore_set_table, id, list);
}

int semaphore_set_look(int id, struct shm_object *set)
{
	return sysv_table_look(&semaphore_set_table, id, set);
}

int semaphore_set_change(int id, const struct object_change *change, struct error *error)
{
	const struct sysv_subject subject = { &semaphore_set_table, "semaphore set", id };
	struct semid_ds before = { .sem_nsems = 0 };
	struct semid_ds ds;

	if (semctl(id, 0, SEM_STAT_ANY, &before) != id)
		return sysv_perm_look_failed(&subject, error);
	ds = before;
	sysv_perm_apply(&ds.sem_perm, change);
	return semctl(id, 0, IPC_SET, &ds) == 0
	           ? 0
	           : sysv_perm_set_failed(&subject, &before.sem_perm, change, error);
}

int semaphore_set_find_key(key_t key, int *id)
{
	int found = semget(key, 0, 0);

	if (found < 0)
		return -1;
	*id = found;
	return 0;
}

int semaphore_set_remove(int id)
{
	if (semctl(id, 0, IPC_RMID) == 0)
		return 0;
	if (errno == EINVAL)
		errno = ENOENT;
	return -1;
}

bool semaphore_set_may_remove(int id)
{
	/* IPC_SET takes the same right, and then refuses an owner that does not exist: EINVAL. */
	struct semid_ds nobody = { .sem_perm.uid = (uid_t)-1, .sem_perm.gid = (gid_t)-1 };

	return semctl(id, 0, IPC_SET, &nobody) == 0 || !sysv_is_refused(errno);
}

int semaphore_set_read(int id, int index, struct set_member *member)
{
	if ((member->value = semctl(id, index, GETVAL)) < 0 ||
	    (member->increase_waiters = semctl(id, index, GETNCNT)) < 0 ||
	    (member->zero_waiters = semctl(id, index, GETZCNT)) < 0 ||
	    (member->pid = semctl(id, index, GETPID)) < 0)
		return -1;
	return 0;
}

int semaphore_set_create(key_t key, int count, mode_t mode, int *id)
{
	*id = semget(key, count, IPC_CREAT | IPC_EXCL | (int)mode);
	return *id < 0 ? -1 : 0;
}

bool semaphore_set_is_readable(int id)
{
	struct semid_ds ds;

	return semctl(id, 0, IPC_STAT, &ds) == 0;
}

int semaphore_set_read_limits(struct seminfo *limits)
{
	const int answer = semctl(0, 0, IPC_INFO, limits);
	const int refusal = errno;
	FILE *stream;
	int numbers = 0;

	if (answer >= 0 || !sysv_is_refused(errno))
		return answer < 0 ? -1 : 0;
	stream = fopen("/proc/sys/kernel/sem", "re");
	if (stream != NULL) {
		numbers = fscanf(stream, "%d %d %d %d", &limits->semmsl, &limits->semmns,
		                 &limits->semopm, &limits->semmni);
		fclose(stream);
	}
	/* It can't be changed, and is in no file: semctl(2). */
	limits->semvmx = SEMVMX;
	errno = refusal;
	return numbers == 4 ? 0 : -1;
}

int semaphore_set_read_use(struct seminfo *use)
{
	return semctl(0, 0, SEM_INFO, use) < 0 ? -1 : 0;
}
