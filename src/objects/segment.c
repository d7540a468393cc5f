#include "objects/segment.h"

#include "base/memory.h"
#include "objects/shortage.h"
#include "objects/sysv_perm.h"
#include "objects/sysv_table.h"
#include "system/hugepages.h"
#include "system/linux.h"
#include "system/mode.h"
#include "system/number_file.h"
#include "system/process.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int stat_segment(int index, struct shm_object *object)
{
	struct shmid_ds ds;
	int id = shmctl(index, SHM_STAT_ANY, &ds);

	if (id < 0)
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
 * SHM_STAT_ANY takes the index in the lower bits of an id, and returns the id of the segment that
 * is there now; if it is a different one, ours is gone.
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
 * SHM_INFO also returns the highest index, but adds up the pages of all segments, locking each:
 * that takes as long as the rest of a listing.
 */
static int highest_index(void)
{
	struct shminfo info;

	return shmctl(0, IPC_INFO, (struct shmid_ds *)(void *)&info);
}

/* The columns of /proc/sysvipc/shm. */
enum {
	ROW_SIZE = SYSV_ROW_FIRST,
	ROW_CPID,
	ROW_LPID,
	ROW_NATTCH,
	ROW_UID,
	ROW_ATIME = ROW_UID + 4,
	ROW_DTIME,
	ROW_CTIME,
	ROW_RSS,
	ROW_SWAP,
	ROW_COLUMNS
};

static void fill_segment(const struct sysv_row *row, struct shm_object *object)
{
	sysv_fill_from_row(object, KIND_SHM, row, ROW_UID);
	object->marked = (row->columns[SYSV_ROW_MODE] & SHM_DEST) != 0;
	object->locked = (row->columns[SYSV_ROW_MODE] & SHM_LOCKED) != 0;
	object->bytes = row->columns[ROW_SIZE];
	object->attaches = row->columns[ROW_NATTCH];
	object->creator_pid = (pid_t)row->columns[ROW_CPID];
	object->last_pid = (pid_t)row->columns[ROW_LPID];
	object->attach_time = (time_t)row->columns[ROW_ATIME];
	object->detach_time = (time_t)row->columns[ROW_DTIME];
	object->change_time = (time_t)row->columns[ROW_CTIME];
}

const struct sysv_table segment_table = {
	.path = "/proc/sysvipc/shm",
	.columns = ROW_COLUMNS,
	.highest = highest_index,
	.stat_any = stat_segment,
	.fill = fill_segment,
};

int sysv_list(struct object_list *list)
{
	return sysv_table_list(&segment_table, list);
}

int sysv_walk(sysv_visit_fn *visit, void *state)
{
	return sysv_table_walk(&segment_table, visit, state);
}

int sysv_find(int id, struct object_list *list)
{
	return sysv_table_find(&segment_table, id, list);
}

int sysv_look(int id, struct shm_object *object)
{
	memset(object, 0, sizeof(*object));
	return sysv_table_look(&segment_table, id, object);
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

/* Replace the limits by those in files, if all of them can be read. */
static int read_limit_files(struct sysv_limits *limits)
{
	/* SHMMIN of the kernel can't be changed and is in no file. */
	struct sysv_limits found = { .shmmin = 1 };

	if (number_file_read("/proc/sys/kernel/shmmax", &found.shmmax) < 0 ||
	    number_file_read("/proc/sys/kernel/shmall", &found.shmall) < 0 ||
	    number_file_read("/proc/sys/kernel/shmmni", &found.shmmni) < 0)
		return -1;
	*limits = found;
	return 0;
}

int sysv_read_limits(struct sysv_limits *limits)
{
	struct shminfo info;
	const int answer = shmctl(0, IPC_INFO, (struct shmid_ds *)(void *)&info);
	const int refusal = errno;

	if (answer >= 0) {
		*limits =
		    (struct sysv_limits){ info.shmmax, info.shmmin, info.shmall, info.shmmni };
		if (sizeof(info.shmmax) < sizeof(limits->shmmax))
			(void)read_limit_files(limits);
		return 0;
	}
	if (!sysv_is_refused(refusal) || read_limit_files(limits) < 0) {
		errno = refusal;
		return -1;
	}
	return 0;
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

/* The objects to find in the lines, sorted by id. */
struct residency {
	struct shm_object **sorted;
	size_t count;
	size_t left;
	bool has_hugepages;
	struct hugepage_use hugepages;
};

/* Huge pages are never swapped. Their use is read after the first row that depends on it. */
static void set_residency(struct shm_object *object, const struct sysv_row *row,
                          struct residency *residency)
{
	const uint64_t reported = row->columns[ROW_RSS];
	const uint64_t swapped = row->columns[ROW_SWAP];
	size_t pool;

	object->resident = reported;
	if (reported > 0 && swapped == 0) {
		if (!residency->has_hugepages)
			hugepages_read_use(&residency->hugepages);
		residency->has_hugepages = true;
		if (!hugepages_resident(&residency->hugepages, row->columns[ROW_SIZE], reported,
		                        &object->resident, &pool))
			return;
	}
	object->used = object->resident + swapped;
	object->known |= KNOWN_USED | KNOWN_RESIDENCY;
}

static bool take_residency(const struct sysv_row *row, void *state)
{
	struct residency *residency = state;
	const int id = (int)row->columns[SYSV_ROW_ID];
	struct shm_object **end = residency->sorted + residency->count;
	struct shm_object **found;

	if (row->count < ROW_COLUMNS)
		return true;
	found = bsearch(&id, residency->sorted, residency->count, sizeof(struct shm_object *),
	                compare_id_with);
	if (found == NULL)
		return true;
	/* The same segment may be listed more than once. */
	while (found > residency->sorted && found[-1]->id == id)
		found--;
	for (; found < end && (*found)->id == id; found++) {
		set_residency(*found, row, residency);
		residency->left--;
	}
	return residency->left > 0;
}

int sysv_collect_residency(struct object_list *list)
{
	struct residency residency = {
		.sorted = needed_array(list->count, sizeof(struct shm_object *)),
	};
	int result = 0;
	int saved;

	for (size_t i = 0; i < list->count; i++) {
		if (list->objects[i].kind == KIND_SHM)
			residency.sorted[residency.count++] = &list->objects[i];
	}
	residency.left = residency.count;
	qsort(residency.sorted, residency.count, sizeof(struct shm_object *), compare_ids);
	if (residency.count > 0 &&
	    sysv_read_rows(segment_table.path, take_residency, &residency) < 0 &&
	    errno_is_passing(errno))
		result = -1;
	saved = errno;
	free(residency.sorted);
	errno = saved;
	return result;
}

struct memory_sum {
	struct sysv_memory *memory;
	struct hugepage_use hugepages;
};

static bool add_memory(const struct sysv_row *row, void *state)
{
	struct memory_sum *sum = state;
	struct sysv_memory *memory = sum->memory;
	uint64_t resident;
	size_t pool = HUGEPAGE_POOLS_MAX;

	if (row->count < ROW_COLUMNS)
		return true;
	if (row->columns[ROW_SWAP] > 0) {
		resident = row->columns[ROW_RSS];
	} else if (!hugepages_resident(&sum->hugepages, row->columns[ROW_SIZE],
	                               row->columns[ROW_RSS], &resident, &pool)) {
		memory->unclear++;
		return true;
	}
	if (pool < HUGEPAGE_POOLS_MAX) {
		memory->huge[pool].segments++;
		memory->huge[pool].resident += resident;
		return true;
	}
	memory->segments++;
	memory->resident += resident;
	memory->swapped += row->columns[ROW_SWAP];
	return true;
}

int sysv_read_memory(struct sysv_memory *memory)
{
	struct memory_sum sum = { .memory = memory };
	struct shm_info use;

	*memory = (struct sysv_memory){ .segments = 0 };
	hugepages_read_use(&sum.hugepages);
	/* Without huge pages, the kernel can add them up, ten times as fast. */
	if (!sum.hugepages.any && sysv_read_use(&use) == 0) {
		const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);

		memory->segments = (uint64_t)use.used_ids;
		memory->resident = use.shm_rss * page;
		memory->swapped = use.shm_swp * page;
		return 0;
	}
	return sysv_read_rows(segment_table.path, add_memory, &sum);
}

bool sysv_goes_with_creator(void)
{
	uint64_t forced;

	return number_file_read("/proc/sys/kernel/shm_rmid_forced", &forced) == 0 && forced != 0;
}

void *sysv_attach(int id)
{
	void *address = shmat(id, NULL, 0);

	/* The return value -1 is an address that no mapping has. */
	return (intptr_t)address == -1 ? NULL : address;
}

int sysv_remove(int id, bool *removed, uint64_t *nattch)
{
	struct shm_object now;

	*nattch = 0;
	if (shmctl(id, IPC_RMID, NULL) < 0) {
		if (errno == EINVAL)
			errno = ENOENT;
		return -1;
	}
	*removed = sysv_look(id, &now) < 0;
	if (!*removed)
		*nattch = now.attaches;
	return 0;
}

bool sysv_may_remove(int id)
{
	/* IPC_SET requires the same permission, and then rejects the invalid owner: EINVAL. */
	struct shmid_ds nobody = { .shm_perm.uid = (uid_t)-1, .shm_perm.gid = (gid_t)-1 };

	return shmctl(id, IPC_SET, &nobody) == 0 || !sysv_is_refused(errno);
}

static int change_lock(int id, const struct shmid_ds *ds, bool lock, struct error *error)
{
	const struct sysv_subject subject = { &segment_table, "segment", id };

	if (shmctl(id, lock ? SHM_LOCK : SHM_UNLOCK, NULL) == 0)
		return 0;
	/* EPERM has two causes: the segment belongs to another user, or the limit is 0. */
	if (lock && (errno == ENOMEM || (errno == EPERM && sysv_perm_is_mine(&ds->shm_perm))))
		return shortage_of_locked_memory(errno, ds->shm_segsz, error);
	return sysv_perm_failed(&subject, &ds->shm_perm, "the lock", error);
}

int sysv_change(int id, const struct object_change *change, struct error *error)
{
	const struct sysv_subject subject = { &segment_table, "segment", id };
	const struct owner *owner = &change->owner;
	struct shmid_ds before;
	struct shmid_ds ds;

	if (!change->lock && !change->unlock && change->mode == NULL && !owner->user_given &&
	    !owner->group_given)
		return 0;
	if (stat_any(id, &ds) < 0)
		return sysv_perm_look_failed(&subject, error);
	if ((change->lock || change->unlock) && change_lock(id, &ds, change->lock, error) < 0)
		return -1;
	if (change->mode == NULL && !owner->user_given && !owner->group_given)
		return 0;
	/* Slow operations are done: from here to IPC_SET, changes by other processes are lost. */
	if (stat_any(id, &ds) < 0)
		return sysv_perm_look_failed(&subject, error);
	before = ds;
	sysv_perm_apply(&ds.shm_perm, change);
	if (shmctl(id, IPC_SET, &ds) == 0)
		return 0;
	sysv_perm_set_failed(&subject, &before.shm_perm, change, error);
	if (change->lock || change->unlock)
		error_append(error, "; the segment was %s", change->lock ? "locked" : "unlocked");
	return -1;
}

pid_t sysv_living_creator(const struct shm_object *object)
{
	char command[COMMAND_SIZE];

	if (object->kind != KIND_SHM || object->attaches > 0 ||
	    !process_creator_command(object->creator_pid, object->change_time, command))
		return 0;
	return object->creator_pid;
}
