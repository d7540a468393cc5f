#include "usage/abandoned.h"

#include "base/memory.h"
#include "objects/filter.h"
#include "objects/kind.h"
#include "usage/companions.h"
#include "usage/family_catalogue.h"
#include "usage/fate.h"
#include "usage/idle.h"
#include "usage/verdict.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct search {
	struct object_list *list;
	const char **reasons; /* of each object: why it is abandoned; NULL if it is not */
	const char **keepers; /* of each queue and set: why its family or a companion keeps it */
	const struct families *families;
	struct fate_judge judge;
	struct companions companions;
	uint64_t age;
	time_t now;
};

static bool is_idle_kind(const struct shm_object *object)
{
	return (KIND_BIT(object->kind) & KINDS_IDLE) != 0;
}

/* Whether the family and the companions of an object decide. Queues and sets are already judged. */
static bool is_unused(const struct shm_object *object)
{
	if (object->usage == NULL || (object->known & KNOWN_COVERED))
		return false;
	if (is_idle_kind(object))
		return object->usage->use == USE_ABANDONED;
	return object->usage->use == USE_UNUSED || object->usage->use == USE_ORPHANED;
}

/* Whether an object is old enough. The idle time of a queue or set has already been checked. */
static bool is_old_enough(const struct search *search, const struct shm_object *object)
{
	return is_idle_kind(object) || object_age(object, search->now) >= search->age;
}

/* Whether an object is abandoned, regardless of its companions. */
static bool is_candidate(struct search *search, const struct shm_object *object,
                         const struct family_match *match, char why[FATE_WHY_SIZE])
{
	return is_unused(object) && is_old_enough(search, object) &&
	       fate_is_abandoned(&search->judge, object, match, false, why);
}

/* Judge each object of the list on its own, and record that it has companions. */
static void judge_each(struct search *search)
{
	for (size_t i = 0; i < search->list->count; i++) {
		const struct shm_object *object = &search->list->objects[i];
		struct family_match match;
		char why[FATE_WHY_SIZE];

		if (!is_unused(object))
			continue;
		(void)family_match(search->families, object, &match);
		if (is_candidate(search, object, &match, why))
			search->reasons[i] = object_list_text(search->list, "", why);
		else if (is_idle_kind(object))
			search->keepers[i] = object_list_text(search->list, "kept: ", why);
		companions_add(&search->companions, i, object, &match);
	}
}

/* Determine the verdicts of companions that are not in the list. */
static int judge_others(struct search *search, struct object_list *others, struct error *error)
{
	for (size_t i = 0; i < search->companions.count; i++) {
		const struct companion_group *group = &search->companions.groups[i];

		for (size_t j = group->chosen; j < group->count; j++) {
			*object_list_add(others) = *group->members[j].object;
		}
	}
	return others->count > 0 ? verdict_collect(others, KINDS_ALL, NULL, error) : 0;
}

/* Whether a companion keeps its group. FIRST: of the group, among the others. */
static bool is_kept_by_companion(struct search *search, const struct companion_group *group,
                                 const struct object_list *others, size_t first)
{
	const size_t end = first + group->count - group->chosen;

	for (size_t i = 0; i < group->chosen; i++) {
		if (search->reasons[group->members[i].place] == NULL)
			return true;
	}
	for (size_t i = first; i < end && i < others->count; i++) {
		struct family_match match;
		char why[FATE_WHY_SIZE];

		(void)family_match(search->families, &others->objects[i], &match);
		if (!is_candidate(search, &others->objects[i], &match, why))
			return true;
	}
	return false;
}

/* An object is not abandoned while one of its companions is not. */
static int judge_groups(struct search *search, struct error *error)
{
	struct object_list others = { .count = 0 };
	size_t next = 0;
	int result = -1;

	if (companions_find(&search->companions, search->families, error) < 0 ||
	    judge_others(search, &others, error) < 0)
		goto done;
	for (size_t i = 0; i < search->companions.count; i++) {
		const struct companion_group *group = &search->companions.groups[i];
		const bool is_kept = is_kept_by_companion(search, group, &others, next);

		for (size_t j = 0; is_kept && j < group->chosen; j++) {
			search->reasons[group->members[j].place] = NULL;
			search->keepers[group->members[j].place] = "kept: a companion is kept";
		}
		next += group->count - group->chosen;
	}
	result = 0;
done:
	object_list_free(&others);
	return result;
}

/* Whether an object was abandoned before its family and its companions were checked. */
static bool was_judged(const struct search *search, size_t place)
{
	return is_idle_kind(&search->list->objects[place]) &&
	       is_unused(&search->list->objects[place]);
}

/* Withdraw the verdict. */
static void keep_judged(struct search *search, size_t place, struct object_usage *usage)
{
	usage->use = search->list->objects[place].kind == KIND_PMSG ? USE_UNUSED : USE_UNKNOWN;
	if (search->keepers[place] != NULL)
		usage->why = search->keepers[place];
}

/* Set the verdicts. */
static void settle(struct search *search)
{
	for (size_t i = 0; i < search->list->count; i++) {
		struct object_usage *usage;

		if (search->reasons[i] == NULL && !was_judged(search, i))
			continue;
		usage = &search->list->usages
		             ->of[search->list->objects[i].usage - search->list->usages->of];
		if (was_judged(search, i)) {
			if (search->reasons[i] == NULL)
				keep_judged(search, i, usage);
			continue;
		}
		/* The reason of an orphaned segment already names its creator. */
		if (usage->use != USE_ORPHANED) {
			char why[FATE_WHY_SIZE * 2];

			snprintf(why, sizeof(why), "%s; %s", usage->why, search->reasons[i]);
			usage->why = object_list_text(search->list, "", why);
		}
		usage->use = USE_ABANDONED;
	}
}

int abandoned_collect(struct object_list *list, uint64_t age, struct error *error)
{
	struct search search = { .list = list, .age = age, .now = time(NULL) };
	bool has_unused = false;
	int result = -1;

	for (size_t i = 0; i < list->count && !has_unused; i++)
		has_unused =
		    is_unused(&list->objects[i]) && is_old_enough(&search, &list->objects[i]);
	if (!has_unused)
		return 0;
	search.reasons = needed_array(list->count, sizeof(*search.reasons));
	search.keepers = needed_array(list->count, sizeof(*search.keepers));
	search.families = families_shared(error);
	if (search.families == NULL)
		goto done;
	fate_begin(&search.judge, search.families);
	judge_each(&search);
	result = judge_groups(&search, error);
	if (result == 0)
		settle(&search);
	fate_end(&search.judge);
done:
	companions_free(&search.companions);
	free(search.reasons);
	free(search.keepers);
	return result;
}
