#include "commands/guard/shared_watch.h"

#include "base/descriptor.h"
#include "base/memory.h"
#include "commands/guard/descendants.h"
#include "commands/guard/fork_watch.h"
#include "commands/guard/maker_watch.h"
#include "events/makers.h"
#include "objects/kind.h"
#include "objects/posix.h"
#include "objects/posix_files.h"
#include "objects/posix_queue.h"
#include "objects/segment.h"
#include "objects/unlisted.h"
#include "usage/choose.h"
#include "usage/companions.h"
#include "usage/family_catalogue.h"
#include "usage/fate.h"
#include "usage/proof.h"
#include "usage/verdict.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

/* An object by id or inode number, because a name can be reused. */
struct known_object {
	enum object_kind kind; /* KIND_COUNT: for a file in POSIX_DIRECTORY that is not an object */
	uint64_t number;
};

/* A segment created between two scans; times are by process_clock(). */
struct seen_segment {
	int id;
	bool proven;     /* created by a descendant */
	uint64_t absent; /* it did not exist yet */
	uint64_t seen;   /* it existed */
};

static struct known_object identify(const struct shm_object *object)
{
	return (struct known_object){
		.kind = object->kind,
		.number =
		    kind_is_sysv(object->kind) ? (uint64_t)object->id : (uint64_t)object->inode,
	};
}

static int compare_objects(const void *left, const void *right)
{
	const struct known_object *a = left;
	const struct known_object *b = right;

	if (a->kind != b->kind)
		return (a->kind > b->kind) - (a->kind < b->kind);
	return (a->number > b->number) - (a->number < b->number);
}

static bool is_new(const struct shared_watch *watch, const struct shm_object *object)
{
	const struct known_object key = identify(object);

	return watch->before_count == 0 || bsearch(&key, watch->before, watch->before_count,
	                                           sizeof(key), compare_objects) == NULL;
}

/* Whether a file existed before; it may have a new name in a directory. */
static bool was_there(void *closure, ino_t inode)
{
	static const enum object_kind kinds[] = { KIND_COUNT, KIND_PSHM, KIND_PSEM };
	const struct shared_watch *watch = closure;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && watch->before_count > 0; i++) {
		const struct known_object key = { kinds[i], (uint64_t)inode };

		if (bsearch(&key, watch->before, watch->before_count, sizeof(key),
		            compare_objects) != NULL)
			return true;
	}
	return false;
}

static int list_everything(struct object_list *list, struct error *error)
{
	const unsigned int needs[KIND_COUNT] = {
		[KIND_SHM] = NEED_COMMAND, [KIND_PMSG] = NEED_MESSAGES
	};
	struct object_filter filter = { .kinds = KINDS_ALL };

	if (!posix_queue_is_mounted())
		filter.kinds &= ~(unsigned int)KIND_BIT(KIND_PMSG);
	return choose_list(&filter, needs, list, error);
}

static void wait_for(const struct shared_watch *watch, int descriptor)
{
	struct epoll_event event = { .events = EPOLLIN };

	if (descriptor >= 0)
		(void)epoll_ctl(watch->descriptor, EPOLL_CTL_ADD, descriptor, &event);
}

/* Start receiving events from the kernel as they happen. */
static void listen_to_kernel(struct shared_watch *watch)
{
	watch->descriptor = epoll_create1(EPOLL_CLOEXEC);
	watch->forks = fork_watch_begin(getpid());
	if (watch->forks != NULL)
		wait_for(watch, fork_watch_fd(watch->forks));
	watch->makers = posix_makers_watch();
	watch->makers_refused = watch->makers == NULL && errno == EPERM;
	if (watch->makers != NULL)
		wait_for(watch, posix_makers_fd(watch->makers));
}

static void add_known(struct shared_watch *watch, const struct known_object *known)
{
	watch->before = vector_grow(watch->before, watch->before_count, sizeof(*watch->before));
	watch->before[watch->before_count++] = *known;
}

/* Record every file, including those in directories; returns that none is new. */
static bool note_other(void *closure, ino_t inode)
{
	const struct known_object known = { KIND_COUNT, (uint64_t)inode };
	struct shared_watch *watch = closure;

	add_known(watch, &known);
	return true;
}

int shared_watch_begin(struct shared_watch *watch, struct error *error)
{
	const struct unlisted_search search = { .is_known = note_other, .closure = watch };
	struct object_list list = { .count = 0 };
	int result;

	listen_to_kernel(watch);
	watch->last_look = process_clock();
	result = list_everything(&list, error);
	for (size_t i = 0; i < list.count; i++) {
		const struct known_object known = identify(&list.objects[i]);

		add_known(watch, &known);
	}
	if (result == 0)
		result = unlisted_search(&search, error);
	if (watch->before_count > 0)
		qsort(watch->before, watch->before_count, sizeof(*watch->before), compare_objects);
	object_list_free(&list);
	return result;
}

static int compare_ids(const void *left, const void *right)
{
	const struct seen_segment *a = left;
	const struct seen_segment *b = right;

	return (a->id > b->id) - (a->id < b->id);
}

static struct seen_segment *find_seen(const struct shared_watch *watch, size_t count, int id)
{
	const struct seen_segment key = { .id = id };

	if (count == 0)
		return NULL;
	return bsearch(&key, watch->segments, count, sizeof(key), compare_ids);
}

static bool creator_descends(const struct shared_watch *watch, const struct seen_segment *segment,
                             pid_t pid)
{
	struct process_stat creator;
	struct pid_life life = { .pid = pid, .end = UINT64_MAX };

	if (!process_numbers_are_ours() || process_read_stat(pid, &creator) < 0)
		return false;
	life.begin = process_start(&creator);
	return pid_life_covers(&life, segment->absent, segment->seen) &&
	       descendants_have(watch->descendants, pid);
}

static bool creator_descended(const struct shared_watch *watch, const struct seen_segment *segment,
                              pid_t pid)
{
	if (watch->forks != NULL &&
	    fork_watch_had(watch->forks, pid, segment->absent, segment->seen))
		return true;
	for (size_t i = 0; i < watch->life_count; i++) {
		if (watch->lives[i].pid == pid &&
		    pid_life_covers(&watch->lives[i], segment->absent, segment->seen))
			return true;
	}
	return false;
}

/* If memory runs out, the segment stays unproven and is kept. */
static struct seen_segment *add_seen(struct shared_watch *watch, int id, uint64_t now)
{
	watch->segments =
	    vector_grow(watch->segments, watch->segment_count, sizeof(*watch->segments));
	watch->segments[watch->segment_count] =
	    (struct seen_segment){ .id = id, .absent = watch->last_look, .seen = now };
	return &watch->segments[watch->segment_count++];
}

void shared_watch_read(struct shared_watch *watch)
{
	if (watch->makers != NULL)
		posix_makers_read(watch->makers, watch->descendants, watch->forks);
	if (watch->forks != NULL)
		fork_watch_read(watch->forks);
}

/* Forget descendants that exited before a time by process_clock(). */
static void forget_lives(struct shared_watch *watch, uint64_t before)
{
	size_t kept = 0;

	for (size_t i = 0; i < watch->life_count; i++) {
		if (watch->lives[i].end >= before)
			watch->lives[kept++] = watch->lives[i];
	}
	watch->life_count = kept;
}

/* Check a list of segments made between two times of process_clock(), complete or not. */
static void look_at_segments(struct shared_watch *watch, const struct object_list *list,
                             uint64_t begin, uint64_t end, bool all)
{
	const size_t known = watch->segment_count;

	/* The kernel has already reported the creators of these segments. */
	shared_watch_read(watch);
	for (size_t i = 0; i < list->count; i++) {
		const struct shm_object *object = &list->objects[i];
		struct seen_segment *segment;

		if (object->kind != KIND_SHM || object->creator_pid <= 0 || !is_new(watch, object))
			continue;
		segment = find_seen(watch, known, object->id);
		if (segment == NULL)
			segment = add_seen(watch, object->id, end);
		if (segment != NULL && !segment->proven)
			segment->proven = creator_descended(watch, segment, object->creator_pid) ||
			                  creator_descends(watch, segment, object->creator_pid);
	}
	if (watch->segment_count > known)
		qsort(watch->segments, watch->segment_count, sizeof(*watch->segments), compare_ids);
	if (!all)
		return;
	watch->last_look = begin;
	/* A segment first seen later than this was created after that time. */
	forget_lives(watch, begin);
	if (watch->forks != NULL)
		fork_watch_forget(watch->forks, begin);
}

void shared_watch_look(struct shared_watch *watch)
{
	struct object_list list = { .count = 0 };
	const uint64_t begin = process_clock();
	/* An object that can't be inspected stays unproven. */
	const bool all = sysv_list(&list) == 0;

	look_at_segments(watch, &list, begin, process_clock(), all);
	object_list_free(&list);
}

void shared_watch_ended(struct shared_watch *watch, pid_t pid, uint64_t begin, uint64_t end)
{
	watch->lives = vector_grow(watch->lives, watch->life_count, sizeof(*watch->lives));
	watch->lives[watch->life_count++] =
	    (struct pid_life){ .pid = pid, .begin = begin, .end = end };
}

static bool is_proven(const struct shared_watch *watch, const struct shm_object *object)
{
	char file[POSIX_FILE_SIZE];

	if (watch->program != NULL && makers_find(watch->program, object) != NULL)
		return true;
	if (object->kind == KIND_SHM) {
		const struct seen_segment *segment =
		    find_seen(watch, watch->segment_count, object->id);

		return segment != NULL && segment->proven;
	}
	if (!(KIND_BIT(object->kind) & KINDS_DEVSHM) || watch->makers == NULL)
		return false;
	object_file_name(object, file);
	return posix_makers_descended(watch->makers, file);
}

static const char *why_unproven(const struct shared_watch *watch, enum object_kind kind)
{
	if (kind == KIND_SHM || ((KIND_BIT(kind) & KINDS_DEVSHM) && watch->makers != NULL))
		return "kept: not known to be the program's";
	if ((KIND_BIT(kind) & KINDS_DEVSHM) && watch->makers_refused)
		return "kept: the kernel reports creators only with CAP_SYS_ADMIN";
	return "kept: the kernel does not report its creator";
}

/* explain_use() names the users. */
static void kept_in_use(struct leak *leak, char *text, size_t size)
{
	struct shm_object now;

	if (leak->object.kind != KIND_SHM || sysv_look(leak->object.id, &now) < 0 ||
	    now.attaches == 0) {
		snprintf(text, size, "kept: in use");
		return;
	}
	leak->object.attaches = now.attaches;
	snprintf(text, size, "kept: attached %" PRIu64 " time%s", now.attaches,
	         now.attaches == 1 ? "" : "s");
}

/* The action and the reason for the result of a removal. */
static const char *settle(struct leak *leak, enum proof_result result, const struct error *why,
                          struct object_list *texts)
{
	char text[sizeof(((struct error *)0)->text) + 16];

	switch (result) {
	case PROOF_UNUSED:
		leak->removed = true;
		return "removed";
	case PROOF_GONE:
		leak->removed = true;
		return "no longer exists";
	case PROOF_CHANGED:
		return "kept: changed since it was listed";
	case PROOF_COMPANION:
		return "kept: an object of the same instance is kept";
	case PROOF_REPLACED:
		return "kept: the name now refers to a different object";
	case PROOF_MARKED:
		return "marked for destruction: attached meanwhile";
	case PROOF_USED:
		leak->used = true;
		kept_in_use(leak, text, sizeof(text));
		break;
	case PROOF_UNKNOWN:
		snprintf(text, sizeof(text), "kept: %s", why->text);
		break;
	case PROOF_FAILED:
		snprintf(text, sizeof(text), "failed: %s", why->text);
		break;
	}
	return object_list_text(texts, "", text);
}

/* Remove an object if it is still the one listed and is unused now. */
static const char *remove_object(struct proof *proof, struct leak *leak, struct object_list *texts)
{
	struct error why = { .text = "" };
	uint64_t freed;

	return settle(leak, proof_remove(proof, &leak->object, true, &freed, &why), &why, texts);
}

/* Remove all objects of an instance, or none, if one is in use or not the program's. */
static void remove_group(struct proof *proof, const struct companion_group *group,
                         struct leak_list *leaks)
{
	struct proof_member *members = needed_array(group->count, sizeof(*members));

	for (size_t i = 0; i < group->count; i++)
		members[i].object = group->members[i].object;
	if (group->chosen == group->count)
		proof_remove_together(proof, members, group->count, true);
	for (size_t i = 0; i < group->chosen; i++) {
		struct leak *leak = &leaks->leaks[group->members[i].place];

		leak->done =
		    group->chosen < group->count
			? "kept: an object of the same instance is not known to be the "
			  "program's"
			: settle(leak, members[i].result, &members[i].why, &leaks->objects);
	}
	free(members);
}

/*
 * Whether the object's family is always kept: its program will use it again, so it is not a leak.
 * Other families do not matter here: the program that created the object has exited.
 */
static bool is_kept(const struct families *families, struct leak *leak, struct object_list *texts)
{
	struct family_match match;
	char why[FATE_WHY_SIZE];

	if (!family_match(families, &leak->object, &match) || !(match.family->fates & FATE_KEEP))
		return false;
	snprintf(why, sizeof(why), "kept: %s (family %s)",
	         match.family->reason != NULL ? match.family->reason : "it is to be kept",
	         match.family->name);
	leak->done = object_list_text(texts, "", why);
	return true;
}

/* Keep an object, or choose it for removal. */
static void decide(struct shared_watch *watch, struct leak_list *leaks, size_t place,
                   const struct families *families, struct companions *companions)
{
	struct leak *leak = &leaks->leaks[place];
	struct family_match match;

	if (is_kept(families, leak, &leaks->objects))
		return;
	leak->proven = is_proven(watch, &leak->object);
	if (!leak->proven) {
		leak->done = why_unproven(watch, leak->object.kind);
		return;
	}
	leaks->proven++;
	(void)family_match(families, &leak->object, &match);
	companions_add(companions, place, &leak->object, &match);
}

/* Remove the objects that are proven to be the program's and that their families do not keep. */
static int remove_leaks(struct shared_watch *watch, struct leak_list *leaks,
                        const struct families *families, struct error *error)
{
	const size_t count = leaks->count - leaks->others;
	struct companions companions = { .count = 0 };
	struct proof *proof = proof_begin(NULL, error);
	int result = -1;

	if (proof == NULL)
		return -1;
	for (size_t i = 0; i < count; i++)
		decide(watch, leaks, i, families, &companions);
	if (companions_find(&companions, families, error) == 0) {
		for (size_t i = 0; i < companions.count; i++)
			remove_group(proof, &companions.groups[i], leaks);
		result = 0;
	}
	for (size_t i = 0; result == 0 && i < count; i++) {
		struct leak *leak = &leaks->leaks[i];

		if (leak->done == NULL)
			leak->done = remove_object(proof, leak, &leaks->objects);
	}
	companions_free(&companions);
	proof_end(proof);
	return result;
}

/*
 * Name the users of the objects that were kept, with one scan of all processes. Of the list, only
 * the strings are still needed. Best effort: on failure, the reason is less specific.
 */
static void explain_use(struct leak_list *leaks)
{
	const size_t count = leaks->count - leaks->others;
	struct object_list *kept = &leaks->objects;
	char text[sizeof(((struct error *)0)->text) + 16];
	struct error error;
	size_t next = 0;

	kept->count = 0;
	for (size_t i = 0; i < count; i++) {
		if (!leaks->leaks[i].removed)
			kept->objects[kept->count++] = leaks->leaks[i].object;
	}
	(void)verdict_collect(kept, KINDS_WITH_USERS, NULL, &error);
	for (size_t i = 0; i < count; i++) {
		struct leak *leak = &leaks->leaks[i];
		const struct object_usage *usage;

		if (leak->removed)
			continue;
		usage = kept->objects[next++].usage;
		leak->object.usage = usage;
		if (!leak->used || usage == NULL || usage->use != USE_USED)
			continue;
		snprintf(text, sizeof(text), "kept: %s", usage->why);
		leak->done = object_list_text(kept, "", text);
	}
}

/*
 * Find leaks that are not objects; these are not removed. This comes first, so that a file with
 * another name in a directory still has its link count, and is counted once.
 */
static int find_others(struct shared_watch *watch, struct leak_list *leaks, struct error *error)
{
	const int result = leaks_add_others(leaks, was_there, watch, error);

	for (size_t i = leaks->count - leaks->others; i < leaks->count; i++) {
		struct leak *leak = &leaks->leaks[i];
		const char *file = leak->object.name + strlen(POSIX_DIRECTORY) + 1;

		leak->proven = watch->makers != NULL && strchr(file, '/') == NULL &&
		               posix_makers_descended(watch->makers, file);
		leaks->proven += leak->proven;
		leak->done = leak->proven ? "kept: it is not an object"
		                          : why_unproven(watch, leak->object.kind);
	}
	leaks_sum(leaks);
	return result;
}

int shared_watch_finish(struct shared_watch *watch, struct leak_list *leaks, struct error *error)
{
	const uint64_t begin = process_clock();
	struct families *families = NULL;
	struct error failure;
	int result;

	memset(leaks, 0, sizeof(*leaks));
	result = list_everything(&leaks->objects, error);
	look_at_segments(watch, &leaks->objects, begin, process_clock(), result == 0);
	for (size_t i = 0; i < leaks->objects.count; i++) {
		const struct shm_object *object = &leaks->objects.objects[i];

		if (is_new(watch, object) && !(object->kind == KIND_SHM && object->marked))
			leaks_add(leaks, object);
	}
	if (find_others(watch, leaks, &failure) < 0) {
		result = -1;
		*error = failure;
	}
	if (leaks->count == 0)
		return result;
	/* Without the rules, it is unknown what must be kept. */
	if (families_load(&families, &failure) < 0 ||
	    remove_leaks(watch, leaks, families, &failure) < 0) {
		families_free(families);
		*error = failure;
		return -1;
	}
	explain_use(leaks);
	families_free(families);
	return result;
}

void shared_watch_free(struct shared_watch *watch)
{
	posix_makers_free(watch->makers);
	fork_watch_end(watch->forks);
	descriptor_close(watch->descriptor);
	free(watch->before);
	free(watch->lives);
	free(watch->segments);
	*watch = (struct shared_watch){ .descriptor = -1 };
}
