#include "objects/segment.h"

#include "objects/shortage.h"
#include "objects/sysv_table.h"
#include "system/linux.h"
#include "system/mode.h"
#include "system/number_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int stat_segment(int index, struct shm_object *object)
{
	struct shmid_ds ds;
	int id = shmctl(index, SHM_STAT_ANY, &ds);

	if (id < 0 || object == NULL)
		return id;
	sysv_fill(object, KIND_SHM, id, &ds.shm_perm);
	object->marked = (ds.shm_perm.mode & SHM_DEST) != 0;
	object->locked = (ds.shm_perm.mode & SHM_LOCKED) != 0;
	object->bytes = ds.shm_segsz;
	object->attaches = ds.shm_nattch;
	object->creator_pid = ds.shm_cpid;
	object->last_pid = ds.shm_lpid;
	object->attach_time = ds.shm_atime;
	object->detach_time = ds.shm_dtime;
	object->change_time = ds.shm_ctime;
	return id;
}

/*
 * SHM_STAT_ANY takes the index that is in the lower bits of an id, and gives the id that lives
 * there now; another one means that ours is gone.
 */
static int stat_any(int id, struct shmid_ds *ds)
{
	int found = shmctl(id, SHM_STAT_ANY, ds);

	if (found < 0 && errno != EINVAL && errno != EIDRM)
		return -1;
	if (found < 0 || found != id) {
		errno = ENOENT;
		return -1;
	}
	return 0;
}

/*
 * SHM_INFO gives the highest index too, but adds up the pages of all segments, under a lock each:
 * that takes as long as all the rest of a listing.
 */
static int highest_index(void)
{
	struct shminfo info;

	return shmctl(0, IPC_INFO, (struct shmid_ds *)(void *)&info);
}

int sysv_list(struct object_list *list)
{
	return sysv_index_list(highest_index(), stat_segment, list);
}

int sysv_walk(sysv_visit_fn *visit, void *state)
{
	return sysv_index_walk(highest_index(), stat_segment, visit, state);
}

int sysv_find(int id, struct object_list *list)
{
	return sysv_index_find(id, stat_segment, list);
}

int sysv_look(int id, struct shm_object *object)
{
	memset(object, 0, sizeof(*object));
	return sysv_index_stat(id, stat_segment, object);
}

int sysv_find_key(key_t key, int *id)
{
	int found = shmget(key, 0, 0);

	if (found < 0)
		return -1;
	*id = found;
	return 0;
}

bool sysv_is_readable(int id)
{
	struct shmid_ds ds;

	return shmctl(id, IPC_STAT, &ds) == 0;
}

int sysv_read_limits(struct shminfo *limits)
{
	return shmctl(0, IPC_INFO, (struct shmid_ds *)(void *)limits) < 0 ? -1 : 0;
}

int sysv_read_use(struct shm_info *use)
{
	return shmctl(0, SHM_INFO, (struct shmid_ds *)(void *)use) < 0 ? -1 : 0;
}

static int compare_ids(const void *left, const void *right)
{
	const struct shm_object *const *a = left;
	const struct shm_object *const *b = right;

	return ((*a)->id > (*b)->id) - ((*a)->id < (*b)->id);
}

static int compare_id_with(const void *key, const void *element)
{
	const int *id = key;
	const struct shm_object *const *object = element;

	return (*id > (*object)->id) - (*id < (*object)->id);
}

/*
 * Take the id and the last two columns out of a line of
 * key shmid perms size cpid lpid nattch uid gid cuid cgid atime dtime ctime rss swap
 */
static bool parse_line(const char *line, int *id, uint64_t *resident, uint64_t *swapped)
{
	enum { COLUMN_ID = 1, COLUMN_RSS = 14 };
	char *end;

	*id = -1;
	for (int column = 0; column < COLUMN_RSS; column++) {
		line += strspn(line, " ");
		if (column == COLUMN_ID)
			*id = (int)strtol(line, NULL, 10);
		line += strcspn(line, " ");
	}
	*resident = strtoull(line, &end, 10);
	if (end == line)
		return false;
	line = end;
	*swapped = strtoull(line, &end, 10);
	return end != line;
}

/* Read the lines of /proc/sysvipc/shm, as far as they are wanted, for the sorted objects. */
static void read_residency(FILE *stream, struct shm_object **sorted, size_t count)
{
	char *line = NULL;
	size_t size = 0;
	size_t left = count;

	while (left > 0 && getline(&line, &size, stream) > 0) {
		struct shm_object **found;
		uint64_t resident;
		uint64_t swapped;
		int id;

		if (!parse_line(line, &id, &resident, &swapped))
			continue;
		found = bsearch(&id, sorted, count, sizeof(struct shm_object *), compare_id_with);
		if (found == NULL)
			continue;
		/* The same segment may have been named twice. */
		while (found > sorted && found[-1]->id == id)
			found--;
		for (; found < sorted + count && (*found)->id == id; found++) {
			(*found)->resident = resident;
			(*found)->used = resident + swapped;
			(*found)->known |= KNOWN_USED | KNOWN_RESIDENCY;
			left--;
		}
	}
	free(line);
}

void sysv_collect_residency(struct object_list *list)
{
	struct shm_object **sorted = calloc(list->count, sizeof(struct shm_object *));
	FILE *stream = fopen("/proc/sysvipc/shm", "re");
	size_t count = 0;

	if (stream == NULL || sorted == NULL)
		goto done;
	for (size_t i = 0; i < list->count; i++) {
		if (list->objects[i].kind == KIND_SHM)
			sorted[count++] = &list->objects[i];
	}
	qsort(sorted, count, sizeof(struct shm_object *), compare_ids);
	read_residency(stream, sorted, count);
done:
	if (stream != NULL)
		fclose(stream);
	free(sorted);
}

bool sysv_goes_with_creator(void)
{
	uint64_t forced;

	return number_file_read("/proc/sys/kernel/shm_rmid_forced", &forced) == 0 && forced != 0;
}

void *sysv_attach(int id)
{
	void *address = shmat(id, NULL, 0);

	/* The failure's value is an address that no mapping has. */
	return (intptr_t)address == -1 ? NULL : address;
}

int sysv_remove(int id, bool *removed, uint64_t *nattch)
{
	struct shmid_ds ds;

	*nattch = 0;
	if (shmctl(id, IPC_RMID, NULL) < 0) {
		if (errno == EINVAL)
			errno = ENOENT;
		return -1;
	}
	*removed = stat_any(id, &ds) < 0;
	if (!*removed)
		*nattch = ds.shm_nattch;
	return 0;
}

bool sysv_may_remove(int id)
{
	/* IPC_SET takes the same right, and then refuses an owner that nobody can be: EINVAL. */
	struct shmid_ds nobody = { .shm_perm.uid = (uid_t)-1, .shm_perm.gid = (gid_t)-1 };

	return shmctl(id, IPC_SET, &nobody) == 0 || errno != EPERM;
}

static bool is_mine(const struct shmid_ds *ds)
{
	return geteuid() == ds->shm_perm.uid || geteuid() == ds->shm_perm.cuid;
}

static int change_failed(int id, struct error *error, const struct shmid_ds *ds, const char *what)
{
	struct shmid_ds now;
	int number = errno;

	if ((number == EPERM || number == EACCES) && !is_mine(ds))
		return error_set(
		    error, STATUS_FAILED,
		    "%s can't be changed: owned by %s, only the owner, the creator and root may",
		    what, account_user(ds->shm_perm.uid));
	if ((number == EINVAL || number == EIDRM) && stat_any(id, &now) < 0)
		return error_set(error, STATUS_FAILED, "no such segment any more");
	return error_set_errno(error, number, "%s can't be changed", what);
}

static int change_lock(int id, const struct shmid_ds *ds, bool lock, struct error *error)
{
	if (shmctl(id, lock ? SHM_LOCK : SHM_UNLOCK, NULL) == 0)
		return 0;
	/* EPERM has two causes: the segment is somebody else's, or the limit is 0. */
	if (lock && (errno == ENOMEM || (errno == EPERM && is_mine(ds))))
		return shortage_of_locked_memory(errno, ds->shm_segsz, error);
	return change_failed(id, error, ds, "the lock");
}

int sysv_change(int id, const struct object_change *change, struct error *error)
{
	const struct owner *owner = &change->owner;
	struct shmid_ds before;
	struct shmid_ds ds;
	mode_t mode;

	if (stat_any(id, &ds) < 0)
		return error_set(error, STATUS_FAILED, "no such segment");
	if ((change->lock || change->unlock) && change_lock(id, &ds, change->lock, error) < 0)
		return -1;
	if (change->mode == NULL && !owner->user_given && !owner->group_given)
		return 0;
	/* All that takes time is done; from here to IPC_SET others' changes are lost. */
	if (stat_any(id, &ds) < 0)
		return error_set(error, STATUS_FAILED, "no such segment any more");
	before = ds;
	if (change->mode != NULL) {
		mode_t current = ds.shm_perm.mode & (S_IRWXU | S_IRWXG | S_IRWXO);

		if (mode_apply(change->mode, current, &mode) < 0)
			return error_set(error, STATUS_FAILED, "out of memory");
		ds.shm_perm.mode = (typeof(ds.shm_perm.mode))mode;
	}
	if (owner->user_given)
		ds.shm_perm.uid = owner->uid;
	if (owner->group_given)
		ds.shm_perm.gid = owner->gid;
	if (shmctl(id, IPC_SET, &ds) < 0) {
		if (errno == EINVAL && (owner->user_given || owner->group_given) &&
		    stat_any(id, &ds) == 0)
			account_not_mapped(error);
		else
			change_failed(id, error, &before, "the mode or the owner");
		if (change->lock || change->unlock)
			error_append(error, "; it was %s before",
			             change->lock ? "locked" : "unlocked");
		return -1;
	}
	return 0;
}
