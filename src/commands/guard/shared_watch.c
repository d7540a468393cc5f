#include "commands/guard/shared_watch.h"

#include "base/memory.h"
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
#include "usage/idle.h"
#include "usage/proof.h"
#include "usage/verdict.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* An object by id or inode number, because a name can be reused. */
struct known_object {
	enum object_kind kind; /* KIND_COUNT: for a file in POSIX_DIRECTORY that is not an object */
	uint64_t number;
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

	creator_watch_begin(&watch->creators);
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

/* As soon as the program's calls are reported, the weaker way is not needed any more. */
static bool is_reported(const struct shared_watch *watch)
{
	return watch->program != NULL && makers_listen(watch->program, NULL);
}

void shared_watch_look(struct shared_watch *watch)
{
	if (is_reported(watch))
		creator_watch_end(&watch->creators);
	else
		creator_watch_look(&watch->creators);
}

void shared_watch_ended(struct shared_watch *watch, pid_t pid, uint64_t begin, uint64_t end)
{
	if (!is_reported(watch))
		creator_watch_ended(&watch->creators, pid, begin, end);
}

void shared_watch_read(struct shared_watch *watch)
{
	if (is_reported(watch))
		creator_watch_end(&watch->creators);
	else
		creator_watch_read(&watch->creators);
}

static bool is_proven(const struct shared_watch *watch, struct leak *leak)
{
	if (!is_reported(watch))
		return creator_watch_proves(&watch->creators, &leak->object);
	leak->make = makers_find(watch->program, &leak->object);
	return leak->make != NULL;
}

static bool is_proven_file(const struct shared_watch *watch, const char *file)
{
	if (strchr(file, '/') != NULL)
		return false;
	return is_reported(watch) ? makers_find_file(watch->program, file) != NULL
	                          : creator_watch_proves_file(&watch->creators, file);
}

static const char *why_unproven(const struct shared_watch *watch, enum object_kind kind)
{
	return is_reported(watch) ? "kept: not known to be the program's"
	                          : creator_watch_why(&watch->creators, kind);
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
	leak->proven = is_proven(watch, leak);
	if (!leak->proven) {
		leak->done = why_unproven(watch, leak->object.kind);
		return;
	}
	leaks->proven++;
	(void)family_match(families, &leak->object, &match);
	companions_add(companions, place, &leak->object, &match);
}

static bool has_queues_or_sets(const struct leak_list *leaks)
{
	for (size_t i = 0; i < leaks->count - leaks->others; i++) {
		if (leaks->leaks[i].proven && (KIND_BIT(leaks->leaks[i].object.kind) & KINDS_IDLE))
			return true;
	}
	return false;
}

/*
 * Remove the objects that are proven to be the program's and that their families do not keep. Queues
 * and sets can't be proven unused: they must be abandoned.
 */
static int remove_leaks(struct shared_watch *watch, struct leak_list *leaks,
                        const struct families *families, struct error *error)
{
	const struct idle_options options = { .idle_for = 0, .with_messages = true };
	const size_t count = leaks->count - leaks->others;
	struct companions companions = { .count = 0 };
	struct proof *proof = proof_begin(NULL, error);
	struct error incomplete;
	struct idle idle;
	bool has_idle;
	int result = -1;

	if (proof == NULL)
		return -1;
	for (size_t i = 0; i < count; i++)
		decide(watch, leaks, i, families, &companions);
	has_idle = has_queues_or_sets(leaks);
	if (has_idle && idle_begin(&idle, &options, &incomplete) == 0)
		proof_use_idle(proof, &idle);
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
	if (has_idle)
		idle_end(&idle);
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

		leak->proven = is_proven_file(watch, file);
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
	if (!is_reported(watch))
		creator_watch_look_at(&watch->creators, &leaks->objects, begin, result == 0);
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
	creator_watch_end(&watch->creators);
	free(watch->before);
	*watch = (struct shared_watch){ .creators = { .descriptor = -1 } };
}
