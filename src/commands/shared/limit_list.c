#include "commands/shared/limit_list.h"

#include "objects/kind.h"
#include "objects/message_queue.h"
#include "objects/posix.h"
#include "objects/posix_queue.h"
#include "objects/segment.h"
#include "objects/segment_make.h"
#include "objects/semaphore_set.h"
#include "objects/shortage.h"
#include "objects/sysv_use.h"
#include "output/percent.h"
#include "system/hugepages.h"
#include "system/number_file.h"
#include "system/place.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* The list that limits are appended to. */
struct limit_list {
	struct limit *limits;
	size_t count;
	bool is_strict;      /* a use that the caller may not see is a failure */
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

/* The use of a limit is unknown: shown as such, and a failure only if every use must be known. */
static void add_unknown(struct limit_list *list, const struct limit *limit, const char *why)
{
	struct error one;

	if (!list->is_strict)
		return;
	error_set(&one, STATUS_FAILED, "the use of %s is unknown: %s", limit->name, why);
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

/* A path that is too long is truncated. */
static void set_holder(struct limit *limit, const char *ref)
{
	snprintf(limit->holder, sizeof(limit->holder), "%.*s", (int)sizeof(limit->holder) - 1, ref);
}

/* The use is that of one object, which has the most. */
static void set_largest(struct limit *limit, const struct shm_object *object, uint64_t used)
{
	char ref[REF_TEXT_SIZE] = "";

	set_used(limit, used);
	if (object != NULL)
		object_ref(object, ref);
	set_holder(limit, ref);
}

/*
 * Twice the limit or the use, whichever is larger, but at most MOST: a limit can have been lowered
 * below the use.
 */
static uint64_t enough(const struct limit *limit, uint64_t most)
{
	const uint64_t value = limit_value(limit);
	const uint64_t needed = limit->used > value ? limit->used : value;

	return needed > most / 2 ? most : needed * 2;
}

/* Whether the limit can be raised above both the limit and the use. */
static bool can_grow(const struct limit *limit, uint64_t most)
{
	return limit->used < most && limit->value < most;
}

static uint64_t bytes_of(const struct shm_object *object)
{
	return object->bytes;
}

static uint64_t semaphores_of(const struct shm_object *object)
{
	return object->semaphores;
}

/* The use of the limit is that of the object with the most. */
static void use_largest(struct limit *limit, const struct object_list *list,
                        uint64_t (*amount_of)(const struct shm_object *object))
{
	const struct shm_object *largest = NULL;

	for (size_t i = 0; i < list->count; i++) {
		if (largest == NULL || amount_of(&list->objects[i]) > amount_of(largest))
			largest = &list->objects[i];
	}
	set_largest(limit, largest, largest != NULL ? amount_of(largest) : 0);
}

/* The limits whose use must be found by listing all segments. */
static void use_segments(struct limit_list *list, struct limit *shmmax)
{
	struct object_list segments = { .count = 0 };
	struct commitment commitment = { .missing = 0 };
	struct limit *sparse;
	uint64_t left;

	if (sysv_list(&segments) < 0) {
		add_unknown(list, shmmax, strerror(errno));
		goto done;
	}
	use_largest(shmmax, &segments, bytes_of);
	if (sysv_collect_residency(&segments) < 0)
		add_failure(list, "the memory of System V segments");
	sparse = add(list, LIMITS_SYSV, "shm_sparse", "memory that filling all segments takes",
	             UNIT_BYTES, 0);
	sparse->is_commitment = true;
	commitment_read(&commitment, &segments);
	if (shortage_memory_left(&left) < 0 || commitment.unknown > 0)
		add_unknown(list, sparse, "/proc can't be read");
	else
		limit_commit(sparse, &commitment, left);
done:
	object_list_free(&segments);
}

static void read_sysv(struct limit_list *list)
{
	struct sysv_limits limits;
	struct sysv_use use;
	struct limit *limit;
	struct limit *shmmax;
	uint64_t forced;
	bool use_known;

	if (sysv_read_limits(&limits) < 0) {
		add_failure(list, "the limits of System V segments");
		return;
	}
	use_known = sysv_use_of_segments(&use) == 0;
	if (!use_known)
		add_failure(list, "the use of System V segments");
	shmmax = add(list, LIMITS_SYSV, "shmmax", "largest segment", UNIT_BYTES, limits.shmmax);
	limit =
	    add(list, LIMITS_SYSV, "shmall", "total of all segments", UNIT_PAGES, limits.shmall);
	limit->page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
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
	else
		add_failure(list, "/proc/sys/kernel/shm_rmid_forced");
	use_segments(list, shmmax);
	snprintf(shmmax->cure, sizeof(shmmax->cure), "%ssysctl kernel.shmmax=%" PRIu64,
	         place_ipc_prefix(), enough(shmmax, UINT64_MAX));
}

/* Compare the memory that sparse objects lack with the room in their file system and in memory. */
static void add_devshm_commitment(struct limit_list *list, const struct statvfs *fs)
{
	struct object_list objects = { .count = 0 };
	struct commitment commitment = { .missing = 0 };
	struct limit *limit = add(list, LIMITS_POSIX, "devshm_sparse",
	                          "memory that filling all POSIX objects takes", UNIT_BYTES, 0);
	const uint64_t left = limit_room(fs);
	struct error one;

	if (posix_list(KIND_BIT(KIND_PSHM), &objects, &one) < 0) {
		limit->value = left;
		limit->is_commitment = true;
		add_unknown(list, limit, one.text);
	} else {
		commitment_read(&commitment, &objects);
		limit_commit(limit, &commitment, left);
	}
	object_list_free(&objects);
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
	add_devshm_commitment(list, &fs);
}

static void read_hugepages(struct limit_list *list)
{
	struct hugepage_pool pools[HUGEPAGE_POOLS_MAX];
	size_t count = hugepages_read(pools);

	/* ENOENT: the kernel does not support them. */
	if (errno != 0 && errno != ENOENT)
		add_failure(list, "the pools of huge pages");
	for (size_t i = 0; i < count; i++) {
		const struct hugepage_pool *pool = &pools[i];
		struct limit *limit;
		char name[32];

		snprintf(name, sizeof(name), "hugepages_%" PRIu64 "kB", pool->page_bytes / 1024);
		limit = add(list, LIMITS_HUGEPAGES, name,
		            pool->is_default ? "huge pages, the default size" : "huge pages",
		            UNIT_PAGES, pool->total);
		limit->page_bytes = pool->page_bytes;
		/* A reserved page counts as used. */
		set_used(limit, pool->total - pool->free + pool->reserved);
		hugepages_cure(pool, enough(limit, UINT64_MAX), limit->cure, sizeof(limit->cure));
	}
}

static void read_process(struct limit_list *list)
{
	struct rlimit memlock;
	struct limit *limit;

	if (getrlimit(RLIMIT_MEMLOCK, &memlock) < 0) {
		add_failure(list, "the limit of locked memory");
		return;
	}
	limit = add(list, LIMITS_PROCESS, "memlock", "memory that the process may lock (ulimit -l)",
	            UNIT_BYTES, memlock.rlim_cur);
	limit->is_own = true;
	limit->unlimited = memlock.rlim_cur == RLIM_INFINITY;
}

/* The maximum number of System V ids in the kernel, IPCMNI: the maximum of msgmni and semmni. */
enum { IDS_MAX = 32768 };

static uint64_t not_negative(int number)
{
	return number > 0 ? (uint64_t)number : 0;
}

static uint64_t bytes_of_messages(const struct shm_object *object)
{
	return object->used;
}

static uint64_t messages_of(const struct shm_object *object)
{
	return object->messages;
}

static uint64_t most_messages_of(const struct shm_object *object)
{
	return object->most_messages;
}

/*
 * The use of the limit is that of the fullest queue whose messages are known, by the queue's own
 * limit. Returns the queue, or NULL if all are empty.
 */
static const struct shm_object *use_fullest(struct limit *limit, const struct object_list *queues,
                                            uint64_t (*amount_of)(const struct shm_object *queue),
                                            uint64_t (*most_of)(const struct shm_object *queue))
{
	const struct shm_object *fullest = NULL;
	double highest = 0;

	for (size_t i = 0; i < queues->count; i++) {
		const struct shm_object *queue = &queues->objects[i];
		double share;

		if (!(queue->known & KNOWN_MESSAGES) || amount_of(queue) == 0)
			continue;
		share = (double)amount_of(queue) / (double)most_of(queue);
		if (share > highest) {
			highest = share;
			fullest = queue;
		}
	}
	set_largest(limit, fullest, fullest != NULL ? amount_of(fullest) : 0);
	limit->own_value = fullest != NULL ? most_of(fullest) : 0;
	return fullest;
}

static void read_msg(struct limit_list *list)
{
	struct object_list queues = { .count = 0 };
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
	limit = add(list, LIMITS_MSG, "msgmnb", "total bytes of the messages in a new queue",
	            UNIT_BYTES, not_negative(limits.msgmnb));
	if (queue_list(&queues) < 0) {
		add_unknown(list, limit, strerror(errno));
	} else if (use_fullest(limit, &queues, bytes_of_messages, bytes_of) != NULL) {
		snprintf(limit->cure, sizeof(limit->cure), "%sshmtool set %s --size %" PRIu64,
		         place_ipc_prefix(), limit->holder, enough(limit, INT_MAX));
	}
	object_list_free(&queues);
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
	struct object_list sets = { .count = 0 };
	struct limit *limit;
	uint64_t semmsl;
	uint64_t semmns;
	uint64_t semmni;
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
	if (semaphore_set_list(&sets) == 0)
		use_largest(limit, &sets, semaphores_of);
	else
		add_unknown(list, limit, strerror(errno));
	object_list_free(&sets);
	if (can_grow(limit, INT_MAX))
		cure_semaphores(limit, enough(limit, INT_MAX), semmns, limits.semopm, semmni);
	add(list, LIMITS_SEM, "semopm", "operations in one semop(2)", UNIT_OPERATIONS,
	    not_negative(limits.semopm));
	add(list, LIMITS_SEM, "semvmx", "largest value of a semaphore", UNIT_VALUE,
	    not_negative(limits.semvmx));
}

/* The number of POSIX queues, which is known only if their file system is mounted. */
static void use_queue_count(struct limit_list *list, struct limit *limit,
                            const struct object_list *queues, const struct error *error)
{
	if (error != NULL) {
		add_unknown(list, limit, error->text);
		return;
	}
	set_used(limit, queues->count);
	snprintf(limit->cure, sizeof(limit->cure), "%ssysctl fs.mqueue.queues_max=%" PRIu64,
	         place_ipc_prefix(), enough(limit, INT_MAX));
}

/* The messages of the fullest queue, among those that the caller may open. */
static void use_fullest_queue(struct limit_list *list, struct limit *limit,
                              const struct object_list *queues, const struct error *error)
{
	size_t unknown = 0;
	char why[80];

	if (error != NULL) {
		add_unknown(list, limit, error->text);
		return;
	}
	for (size_t i = 0; i < queues->count; i++)
		unknown += !(queues->objects[i].known & KNOWN_MESSAGES);
	snprintf(why, sizeof(why), "%zu of %zu queues can't be opened", unknown, queues->count);
	if (unknown > 0)
		add_unknown(list, limit, why);
	if (unknown == 0 || unknown < queues->count)
		(void)use_fullest(limit, queues, messages_of, most_messages_of);
}

static void read_pmsg(struct limit_list *list)
{
	static const struct {
		const char *name;
		const char *meaning;
		enum limit_unit unit;
		void (*use)(struct limit_list *list, struct limit *limit,
		            const struct object_list *queues, const struct error *error);
	} files[] = {
		{ "queues_max", "number of POSIX message queues", UNIT_QUEUES, use_queue_count },
		{ "msg_max", "maximum for the number of messages in a new queue", UNIT_MESSAGES,
		  use_fullest_queue },
		{ "msgsize_max", "maximum for the message size of a new queue", UNIT_BYTES, NULL },
		{ "msg_default", "default number of messages in a queue", UNIT_MESSAGES, NULL },
		{ "msgsize_default", "default message size of a queue", UNIT_BYTES, NULL },
	};
	struct object_list queues = { .count = 0 };
	struct rlimit rlimit;
	struct limit *limit;
	struct error error;
	const bool is_listed = posix_queue_list(&queues, &error) == 0;
	uint64_t value;

	if (is_listed)
		(void)posix_queue_collect(&queues, NEED_MESSAGES);
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
		if (files[i].use != NULL)
			files[i].use(list, limit, &queues, is_listed ? NULL : &error);
	}
	object_list_free(&queues);
	if (getrlimit(RLIMIT_MSGQUEUE, &rlimit) < 0) {
		add_failure(list, "the limit of POSIX message queues");
		return;
	}
	limit = add(list, LIMITS_PMSG, "msgqueue", "bytes in all queues of the user (ulimit -q)",
	            UNIT_BYTES, rlimit.rlim_cur);
	limit->is_own = true;
	limit->unlimited = rlimit.rlim_cur == RLIM_INFINITY;
}

int limits_read(unsigned int kinds, bool is_strict, struct limit limits[LIMITS_MAX], size_t *count,
                struct error *error)
{
	struct limit_list list = { .limits = limits, .is_strict = is_strict, .error = error };

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

uint64_t limit_room(const struct statvfs *fs)
{
	const uint64_t left = (uint64_t)fs->f_bfree * fs->f_frsize;
	uint64_t memory = UINT64_MAX;

	(void)shortage_memory_left(&memory);
	/* Without a limit, a tmpfs reports 0 blocks. */
	return fs->f_blocks == 0 || memory < left ? memory : left;
}

void limit_commit(struct limit *limit, const struct commitment *commitment, uint64_t left)
{
	limit->is_commitment = true;
	limit->value = left;
	set_used(limit, commitment->missing);
	limit->missing = commitment->most;
	if (commitment->missing > 0)
		set_holder(limit, commitment->ref);
}

const char *limit_unit_word(enum limit_unit unit)
{
	static const char *const words[UNIT_COUNT] = {
		[UNIT_BYTES] = "bytes",           [UNIT_PAGES] = "pages",
		[UNIT_SEGMENTS] = "segments",     [UNIT_INODES] = "inodes",
		[UNIT_SWITCH] = "0 or 1",         [UNIT_QUEUES] = "queues",
		[UNIT_MESSAGES] = "messages",     [UNIT_SETS] = "sets",
		[UNIT_SEMAPHORES] = "semaphores", [UNIT_OPERATIONS] = "operations",
		[UNIT_VALUE] = "value",
	};

	return words[unit];
}

uint64_t limit_value(const struct limit *limit)
{
	return limit->own_value > 0 ? limit->own_value : limit->value;
}

/* Compare the use with a percentage; negative also if there is none. */
static int compare(const struct limit *limit, unsigned int level)
{
	if (!limit->used_known || limit->unlimited)
		return -1;
	return percent_compare(limit->used, limit_value(limit), level);
}

bool limit_reaches(const struct limit *limit, unsigned int level)
{
	return compare(limit, level) >= 0;
}

bool limit_is_near(const struct limit *limit)
{
	return compare(limit, LIMIT_WARNING_LEVEL) > 0;
}

bool limit_percent(const struct limit *limit, char text[PERCENT_TEXT_SIZE])
{
	if (!limit->used_known || limit->unlimited || limit_value(limit) == 0)
		return false;
	percent_text(text, limit->used, limit_value(limit));
	return true;
}
