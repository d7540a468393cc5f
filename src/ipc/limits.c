#include "ipc/limits.h"

#include "ipc/hugepages.h"
#include "ipc/number_file.h"
#include "ipc/posix.h"
#include "ipc/sysv.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statvfs.h>

/* Limits are appended one by one. */
struct limit_list {
	struct limit *limits;
	size_t count;
};

static struct limit *add(struct limit_list *list, enum limit_group group, const char *name,
                         const char *meaning, enum limit_unit unit, uint64_t value)
{
	struct limit *limit = &list->limits[list->count++];

	memset(limit, 0, sizeof(*limit));
	limit->group = group;
	limit->unit = unit;
	limit->meaning = meaning;
	limit->value = value;
	snprintf(limit->name, sizeof(limit->name), "%s", name);
	return limit;
}

static void set_used(struct limit *limit, uint64_t used)
{
	limit->used_known = true;
	limit->used = used;
}

/* Twice as much, as far as the number goes. */
static uint64_t doubled(uint64_t number)
{
	return number > UINT64_MAX / 2 ? UINT64_MAX : number * 2;
}

/* The largest segment is what is used of shmmax. */
static int largest_segment(uint64_t *largest)
{
	struct object_list list = { .count = 0 };
	int result = sysv_list(&list);

	*largest = 0;
	for (size_t i = 0; i < list.count; i++) {
		if (list.objects[i].bytes > *largest)
			*largest = list.objects[i].bytes;
	}
	object_list_free(&list);
	return result;
}

static void read_sysv(struct limit_list *list)
{
	struct shminfo limits;
	struct shm_info use;
	struct limit *limit;
	uint64_t largest;
	uint64_t forced;

	if (shmctl(0, IPC_INFO, (struct shmid_ds *)(void *)&limits) < 0 ||
	    shmctl(0, SHM_INFO, (struct shmid_ds *)(void *)&use) < 0)
		return;
	limit = add(list, LIMITS_SYSV, "shmmax", "largest segment", UNIT_BYTES, limits.shmmax);
	if (largest_segment(&largest) == 0)
		set_used(limit, largest);
	snprintf(limit->cure, sizeof(limit->cure), "sysctl kernel.shmmax=%" PRIu64,
	         doubled(limits.shmmax));
	limit =
	    add(list, LIMITS_SYSV, "shmall", "all segments together", UNIT_PAGES, limits.shmall);
	set_used(limit, use.shm_tot);
	snprintf(limit->cure, sizeof(limit->cure), "sysctl kernel.shmall=%" PRIu64,
	         doubled(limits.shmall));
	limit =
	    add(list, LIMITS_SYSV, "shmmni", "number of segments", UNIT_SEGMENTS, limits.shmmni);
	set_used(limit, (uint64_t)use.used_ids);
	sysv_shmmni_cure(limits.shmmni, limit->cure, sizeof(limit->cure));
	add(list, LIMITS_SYSV, "shmmin", "smallest segment", UNIT_BYTES, limits.shmmin);
	if (number_file_read("/proc/sys/kernel/shm_rmid_forced", &forced) == 0)
		add(list, LIMITS_SYSV, "shm_rmid_forced",
		    "1: segments go with their last attach or their creator", UNIT_SWITCH, forced);
}

static void read_posix(struct limit_list *list)
{
	struct statvfs fs;
	struct limit *limit;
	uint64_t block;

	if (statvfs(POSIX_DIRECTORY, &fs) < 0)
		return;
	block = fs.f_frsize;
	limit = add(list, LIMITS_POSIX, "devshm_size", "all of " POSIX_DIRECTORY, UNIT_BYTES,
	            fs.f_blocks * block);
	/* A tmpfs without a limit says 0: tmpfs(5). */
	limit->unlimited = fs.f_blocks == 0;
	if (!limit->unlimited)
		set_used(limit, (fs.f_blocks - fs.f_bfree) * block);
	snprintf(limit->cure, sizeof(limit->cure), "mount -o remount,size=%" PRIu64 " %s",
	         doubled(limit->value), POSIX_DIRECTORY);
	limit = add(list, LIMITS_POSIX, "devshm_inodes", "files in " POSIX_DIRECTORY, UNIT_INODES,
	            fs.f_files);
	limit->unlimited = fs.f_files == 0;
	if (!limit->unlimited)
		set_used(limit, fs.f_files - fs.f_ffree);
	snprintf(limit->cure, sizeof(limit->cure), "mount -o remount,nr_inodes=%" PRIu64 " %s",
	         doubled(limit->value), POSIX_DIRECTORY);
}

static void read_hugepages(struct limit_list *list)
{
	struct hugepage_pool pools[HUGEPAGE_POOLS_MAX];
	size_t count = hugepages_read(pools);

	for (size_t i = 0; i < count; i++) {
		const struct hugepage_pool *pool = &pools[i];
		struct limit *limit;
		char name[32];

		snprintf(name, sizeof(name), "hugepages_%" PRIu64 "kB", pool->page_bytes / 1024);
		limit = add(list, LIMITS_HUGEPAGES, name,
		            pool->is_default ? "huge pages, the default size" : "huge pages",
		            UNIT_PAGES, pool->total);
		/* A page that is promised is as good as taken. */
		set_used(limit, pool->total - pool->free + pool->reserved);
		hugepages_cure(pool, doubled(pool->total), limit->cure, sizeof(limit->cure));
	}
}

static void read_process(struct limit_list *list)
{
	struct rlimit memlock;
	struct limit *limit;

	if (getrlimit(RLIMIT_MEMLOCK, &memlock) < 0)
		return;
	limit = add(list, LIMITS_PROCESS, "memlock", "what you may lock in memory (ulimit -l)",
	            UNIT_BYTES, memlock.rlim_cur);
	limit->unlimited = memlock.rlim_cur == RLIM_INFINITY;
}

size_t limits_read(struct limit limits[LIMITS_MAX])
{
	struct limit_list list = { .limits = limits };

	read_sysv(&list);
	read_posix(&list);
	read_hugepages(&list);
	read_process(&list);
	return list.count;
}

bool limit_is_near(const struct limit *limit)
{
	return limit->used_known && !limit->unlimited && limit->value > 0 &&
	       (unsigned __int128)limit->used * 100 >
	           (unsigned __int128)limit->value * LIMIT_WARNING_PERCENT;
}

bool limit_percent(const struct limit *limit, uint64_t *percent)
{
	if (!limit->used_known || limit->unlimited || limit->value == 0)
		return false;
	*percent = (uint64_t)((unsigned __int128)limit->used * 100 / limit->value);
	return true;
}
