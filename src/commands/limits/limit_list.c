#include "commands/limits/limit_list.h"

#include "objects/message_queue.h"
#include "objects/posix.h"
#include "objects/posix_queue.h"
#include "objects/segment.h"
#include "objects/segment_make.h"
#include "objects/semaphore_set.h"
#include "objects/sysv_use.h"
#include "system/hugepages.h"
#include "system/number_file.h"
#include "system/place.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statvfs.h>

/* The list that limits are appended to. */
struct limit_list {
	struct limit *limits;
	size_t count;
	struct error *error; /* the sentences of all failures */
	int result;
};

/* Record that something can't be read; reading continues with the rest. */
static void add_failure(struct limit_list *list, const char *what)
{
	struct error one;

	error_set_errno(&one, errno, "%s can't be read", what);
	list->result = error_join(list->error, list->result, &one);
}

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

/*
 * Twice the limit or the use, whichever is larger, but at most MOST: a limit can have been lowered
 * below the use.
 */
static uint64_t enough(const struct limit *limit, uint64_t most)
{
	const uint64_t needed = limit->used > limit->value ? limit->used : limit->value;

	return needed > most / 2 ? most : needed * 2;
}

/* Whether the limit can be raised above both the limit and the use. */
static bool can_grow(const struct limit *limit, uint64_t most)
{
	return limit->used < most && limit->value < most;
}

/* The use of shmmax is the size of the largest segment. */
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
	struct sysv_use use;
	struct limit *limit;
	uint64_t largest;
	uint64_t forced;
	bool use_known;

	if (sysv_read_limits(&limits) < 0) {
		add_failure(list, "the limits of System V segments");
		return;
	}
	use_known = sysv_use_of_segments(&use) == 0;
	if (!use_known)
		add_failure(list, "the use of System V segments");
	limit = add(list, LIMITS_SYSV, "shmmax", "largest segment", UNIT_BYTES, limits.shmmax);
	if (largest_segment(&largest) == 0)
		set_used(limit, largest);
	snprintf(limit->cure, sizeof(limit->cure), "%ssysctl kernel.shmmax=%" PRIu64,
	         place_ipc_prefix(), enough(limit, UINT64_MAX));
	limit =
	    add(list, LIMITS_SYSV, "shmall", "total of all segments", UNIT_PAGES, limits.shmall);
	if (use_known)
		set_used(limit, use.amount);
	snprintf(limit->cure, sizeof(limit->cure), "%ssysctl kernel.shmall=%" PRIu64,
	         place_ipc_prefix(), enough(limit, UINT64_MAX));
	limit =
	    add(list, LIMITS_SYSV, "shmmni", "number of segments", UNIT_SEGMENTS, limits.shmmni);
	if (use_known)
		set_used(limit, use.objects);
	sysv_shmmni_cure(limits.shmmni, limit->used, limit->cure, sizeof(limit->cure));
	add(list, LIMITS_SYSV, "shmmin", "smallest segment", UNIT_BYTES, limits.shmmin);
	if (number_file_read("/proc/sys/kernel/shm_rmid_forced", &forced) == 0)
		add(list, LIMITS_SYSV, "shm_rmid_forced",
		    "1: segments are removed with their last attach or their creator", UNIT_SWITCH,
		    forced);
	else if (errno_is_passing(errno))
		add_failure(list, "/proc/sys/kernel/shm_rmid_forced");
}

static void read_posix(struct limit_list *list)
{
	struct statvfs fs;
	struct limit *limit;
	uint64_t block;

	if (statvfs(place_posix_directory(), &fs) < 0) {
		if (errno != ENOENT)
			add_failure(list, POSIX_DIRECTORY);
		return;
	}
	block = fs.f_frsize;
	limit = add(list, LIMITS_POSIX, LIMIT_DEVSHM_SIZE, "all of " POSIX_DIRECTORY, UNIT_BYTES,
	            fs.f_blocks * block);
	/* A tmpfs without a limit reports 0: tmpfs(5). */
	limit->unlimited = fs.f_blocks == 0;
	if (!limit->unlimited)
		set_used(limit, (fs.f_blocks - fs.f_bfree) * block);
	snprintf(limit->cure, sizeof(limit->cure), "%smount -o remount,size=%" PRIu64 " %s",
	         place_mount_prefix(), enough(limit, UINT64_MAX), POSIX_DIRECTORY);
	limit = add(list, LIMITS_POSIX, LIMIT_DEVSHM_INODES, "files in " POSIX_DIRECTORY,
	            UNIT_INODES, fs.f_files);
	limit->unlimited = fs.f_files == 0;
	if (!limit->unlimited)
		set_used(limit, fs.f_files - fs.f_ffree);
	snprintf(limit->cure, sizeof(limit->cure), "%smount -o remount,nr_inodes=%" PRIu64 " %s",
	         place_mount_prefix(), enough(limit, UINT64_MAX), POSIX_DIRECTORY);
}

static void read_hugepages(struct limit_list *list)
{
	struct hugepage_pool pools[HUGEPAGE_POOLS_MAX];
	size_t count = hugepages_read(pools);

	if (errno_is_passing(errno))
		add_failure(list, "the pools of huge pages");
	for (size_t i = 0; i < count; i++) {
		const struct hugepage_pool *pool = &pools[i];
		struct limit *limit;
		char name[32];

		snprintf(name, sizeof(name), "hugepages_%" PRIu64 "kB", pool->page_bytes / 1024);
		limit = add(list, LIMITS_HUGEPAGES, name,
		            pool->is_default ? "huge pages, the default size" : "huge pages",
		            UNIT_PAGES, pool->total);
		/* A reserved page counts as used. */
		set_used(limit, pool->total - pool->free + pool->reserved);
		hugepages_cure(pool, enough(limit, UINT64_MAX), limit->cure, sizeof(limit->cure));
	}
}

static void read_process(struct limit_list *list)
{
	struct rlimit memlock;
	struct limit *limit;

	if (getrlimit(RLIMIT_MEMLOCK, &memlock) < 0)
		return;
	limit = add(list, LIMITS_PROCESS, "memlock", "memory that the process may lock (ulimit -l)",
	            UNIT_BYTES, memlock.rlim_cur);
	limit->unlimited = memlock.rlim_cur == RLIM_INFINITY;
}

/* The maximum number of System V ids in the kernel, IPCMNI: the maximum of msgmni and semmni. */
enum { IDS_MAX = 32768 };

static uint64_t not_negative(int number)
{
	return number > 0 ? (uint64_t)number : 0;
}

static void read_msg(struct limit_list *list)
{
	struct msginfo limits;
	struct sysv_use use;
	struct limit *limit;

	if (queue_read_limits(&limits) < 0) {
		add_failure(list, "the limits of System V message queues");
		return;
	}
	limit = add(list, LIMITS_MSG, "msgmni", "number of message queues", UNIT_QUEUES,
	            not_negative(limits.msgmni));
	if (sysv_use_of_queues(&use) == 0)
		set_used(limit, use.objects);
	else
		add_failure(list, "the use of System V message queues");
	if (can_grow(limit, IDS_MAX))
		snprintf(limit->cure, sizeof(limit->cure), "%ssysctl kernel.msgmni=%" PRIu64,
		         place_ipc_prefix(), enough(limit, IDS_MAX));
	add(list, LIMITS_MSG, "msgmax", "largest message", UNIT_BYTES, not_negative(limits.msgmax));
	add(list, LIMITS_MSG, "msgmnb", "total bytes of the messages in a new queue", UNIT_BYTES,
	    not_negative(limits.msgmnb));
}

/* The use of semmsl is the size of the largest set. */
static int largest_set(uint64_t *largest)
{
	struct object_list list = { .count = 0 };
	int result = semaphore_set_list(&list);

	*largest = 0;
	for (size_t i = 0; i < list.count; i++) {
		if (list.objects[i].semaphores > *largest)
			*largest = list.objects[i].semaphores;
	}
	object_list_free(&list);
	return result;
}

/* kernel.sem holds four numbers: proc_sys_kernel(5). */
static void cure_semaphores(struct limit *limit, uint64_t semmsl, uint64_t semmns, int semopm,
                            uint64_t semmni)
{
	snprintf(limit->cure, sizeof(limit->cure),
	         "%ssysctl kernel.sem='%" PRIu64 " %" PRIu64 " %d %" PRIu64 "'", place_ipc_prefix(),
	         semmsl, semmns, semopm, semmni);
}

static void read_sem(struct limit_list *list)
{
	struct seminfo limits;
	struct sysv_use use;
	struct limit *limit;
	uint64_t semmsl;
	uint64_t semmns;
	uint64_t semmni;
	uint64_t largest;
	bool use_known;

	if (semaphore_set_read_limits(&limits) < 0) {
		add_failure(list, "the limits of System V semaphores");
		return;
	}
	use_known = sysv_use_of_sets(&use) == 0;
	if (!use_known)
		add_failure(list, "the use of System V semaphores");
	semmsl = not_negative(limits.semmsl);
	semmns = not_negative(limits.semmns);
	semmni = not_negative(limits.semmni);
	limit = add(list, LIMITS_SEM, "semmni", "number of semaphore sets", UNIT_SETS, semmni);
	if (use_known)
		set_used(limit, use.objects);
	if (can_grow(limit, IDS_MAX))
		cure_semaphores(limit, semmsl, semmns, limits.semopm, enough(limit, IDS_MAX));
	limit = add(list, LIMITS_SEM, "semmns", "total semaphores in all sets", UNIT_SEMAPHORES,
	            semmns);
	if (use_known)
		set_used(limit, use.amount);
	if (can_grow(limit, INT_MAX))
		cure_semaphores(limit, semmsl, enough(limit, INT_MAX), limits.semopm, semmni);
	limit = add(list, LIMITS_SEM, "semmsl", "semaphores in the largest set", UNIT_SEMAPHORES,
	            semmsl);
	if (largest_set(&largest) == 0)
		set_used(limit, largest);
	if (can_grow(limit, INT_MAX))
		cure_semaphores(limit, enough(limit, INT_MAX), semmns, limits.semopm, semmni);
	add(list, LIMITS_SEM, "semopm", "operations in one semop(2)", UNIT_OPERATIONS,
	    not_negative(limits.semopm));
	add(list, LIMITS_SEM, "semvmx", "largest value of a semaphore", UNIT_VALUE,
	    not_negative(limits.semvmx));
}

/* Count the POSIX queues, which is possible only if their file system is mounted. */
static bool count_posix_queues(uint64_t *count)
{
	struct object_list list = { .count = 0 };
	struct error error;
	bool counted = posix_queue_list(&list, &error) == 0;

	*count = list.count;
	object_list_free(&list);
	return counted;
}

static void read_pmsg(struct limit_list *list)
{
	static const struct {
		const char *name;
		const char *meaning;
		enum limit_unit unit;
	} files[] = {
		{ "queues_max", "number of POSIX message queues", UNIT_QUEUES },
		{ "msg_max", "maximum for the number of messages in a new queue", UNIT_MESSAGES },
		{ "msgsize_max", "maximum for the message size of a new queue", UNIT_BYTES },
		{ "msg_default", "default number of messages in a queue", UNIT_MESSAGES },
		{ "msgsize_default", "default message size of a queue", UNIT_BYTES },
	};
	struct rlimit rlimit;
	struct limit *limit;
	uint64_t value;
	uint64_t count;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		char path[64];

		snprintf(path, sizeof(path), "/proc/sys/fs/mqueue/%s", files[i].name);
		if (number_file_read(path, &value) < 0) {
			/* A kernel without POSIX queues has no such file. */
			if (errno != ENOENT)
				add_failure(list, path);
			continue;
		}
		limit =
		    add(list, LIMITS_PMSG, files[i].name, files[i].meaning, files[i].unit, value);
		if (files[i].unit != UNIT_QUEUES || !count_posix_queues(&count))
			continue;
		set_used(limit, count);
		snprintf(limit->cure, sizeof(limit->cure), "%ssysctl fs.mqueue.queues_max=%" PRIu64,
		         place_ipc_prefix(), enough(limit, INT_MAX));
	}
	if (getrlimit(RLIMIT_MSGQUEUE, &rlimit) < 0)
		return;
	limit = add(list, LIMITS_PMSG, "msgqueue", "bytes in all queues of the user (ulimit -q)",
	            UNIT_BYTES, rlimit.rlim_cur);
	limit->unlimited = rlimit.rlim_cur == RLIM_INFINITY;
}

int limits_read(unsigned int kinds, struct limit limits[LIMITS_MAX], size_t *count,
                struct error *error)
{
	struct limit_list list = { .limits = limits, .error = error };

	if (kinds & KIND_BIT(KIND_SHM))
		read_sysv(&list);
	if (kinds & KINDS_DEVSHM)
		read_posix(&list);
	if (kinds & KINDS_MEMORY) {
		read_hugepages(&list);
		read_process(&list);
	}
	if (kinds & KIND_BIT(KIND_MSG))
		read_msg(&list);
	if (kinds & KIND_BIT(KIND_SEM))
		read_sem(&list);
	if (kinds & KIND_BIT(KIND_PMSG))
		read_pmsg(&list);
	*count = list.count;
	return list.result;
}

/*
 * Divide use and limit by the same power of two, so that 100 times either fits in 64 bits. A
 * divided number keeps 57 bits, which is more than a percentage shows.
 */
static void scale_for_percent(uint64_t *used, uint64_t *value)
{
	if (*used > UINT64_MAX / 100 || *value > UINT64_MAX / 100) {
		*used >>= 7;
		*value >>= 7;
	}
}

bool limit_is_near(const struct limit *limit)
{
	uint64_t used = limit->used;
	uint64_t value = limit->value;

	if (!limit->used_known || limit->unlimited)
		return false;
	scale_for_percent(&used, &value);
	return used * 100 > value * LIMIT_WARNING_PERCENT;
}

bool limit_percent(const struct limit *limit, uint64_t *percent)
{
	uint64_t used = limit->used;
	uint64_t value = limit->value;

	if (!limit->used_known || limit->unlimited || limit->value == 0)
		return false;
	scale_for_percent(&used, &value);
	/* For a use of 2^57 or more of a limit below 128, a percentage is meaningless. */
	*percent = value > 0 ? used * 100 / value : UINT64_MAX;
	return true;
}
