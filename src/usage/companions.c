#include "usage/companions.h"

#include "base/memory.h"
#include "base/sorted.h"
#include "objects/filter.h"
#include "objects/inventory.h"
#include "objects/kind.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* An object and the group that it belongs to. */
struct companion_seed {
	const struct family *family;
	uid_t owner;
	const char *instance;
	const struct shm_object *object;
	size_t place;
};

static int compare_groups(const void *left, const void *right)
{
	const struct companion_seed *a = left;
	const struct companion_seed *b = right;

	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	if (a->owner != b->owner)
		return a->owner < b->owner ? -1 : 1;
	return strcmp(a->instance, b->instance);
}

/* By group; within a group, the chosen objects come first. */
static int compare_seeds(const void *left, const void *right)
{
	const struct companion_seed *a = left;
	const struct companion_seed *b = right;
	const int order = compare_groups(a, b);

	if (order != 0)
		return order;
	return (a->place > b->place) - (a->place < b->place);
}

static void add_seed(struct companions *companions, size_t place, const struct shm_object *object,
                     uid_t owner, const struct family_match *match)
{
	companions->seeds =
	    vector_grow(companions->seeds, companions->seed_count, sizeof(*companions->seeds));
	companions->seeds[companions->seed_count++] = (struct companion_seed){
		.family = match->family,
		.owner = owner,
		.instance = object_list_text(&companions->others, "", match->instance),
		.object = object,
		.place = place,
	};
}

static bool has_companions(const struct family_match *match)
{
	return match->family != NULL && (match->family->fates & FATE_TOGETHER) != 0;
}

void companions_add(struct companions *companions, size_t place, const struct shm_object *object,
                    const struct family_match *match)
{
	if (has_companions(match) && !(object->known & KNOWN_COVERED))
		add_seed(companions, place, object, object->uid, match);
}

/* The first of the sorted seeds that is in the same group as an object; NULL if there is none. */
static const struct companion_seed *find_group(const struct companion_seed *seeds, size_t count,
                                               const struct companion_seed *wanted)
{
	const size_t place = sorted_place(seeds, count, sizeof(*seeds), wanted, compare_groups);

	return place < count && compare_groups(&seeds[place], wanted) == 0 ? &seeds[place] : NULL;
}

/* By kind, id or inode, and name: equal for the same object of two listings. */
static int compare_objects(const void *left, const void *right)
{
	const struct shm_object *a = *(const struct shm_object *const *)left;
	const struct shm_object *b = *(const struct shm_object *const *)right;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (kind_is_sysv(a->kind))
		return (a->id > b->id) - (a->id < b->id);
	if (a->inode != b->inode)
		return a->inode < b->inode ? -1 : 1;
	return strcmp(a->name, b->name);
}

/* The objects of the seeds, sorted. */
static const struct shm_object **sort_objects(const struct companion_seed *seeds, size_t count)
{
	const struct shm_object **objects = needed_array(count, sizeof(*objects));

	for (size_t i = 0; i < count; i++)
		objects[i] = seeds[i].object;
	qsort(objects, count, sizeof(*objects), compare_objects);
	return objects;
}

/* Add an object whose owner is unknown to the groups of its instance of all owners. */
static void keep_covered(struct companions *companions, size_t chosen,
                         const struct shm_object *object, const struct family_match *match)
{
	for (size_t i = 0; i < chosen; i++) {
		const struct companion_seed seed = companions->seeds[i];

		if (seed.family == match->family && strcmp(seed.instance, match->instance) == 0 &&
		    (i == 0 || compare_groups(&companions->seeds[i - 1], &seed) != 0))
			add_seed(companions, COMPANION_NONE, object, seed.owner, match);
	}
}

/* Add the objects that belong to a group and were not chosen. */
static void keep_others(struct companions *companions, const struct families *families,
                        struct object_list *all, size_t chosen)
{
	const struct shm_object **objects = sort_objects(companions->seeds, chosen);

	for (size_t i = 0; i < all->count; i++) {
		const struct shm_object *object = &all->objects[i];
		struct companion_seed wanted = { .owner = object->uid };
		struct family_match match;

		if (!family_match(families, object, &match) || !has_companions(&match))
			continue;
		if (object->known & KNOWN_COVERED) {
			keep_covered(companions, chosen, object, &match);
			continue;
		}
		wanted.family = match.family;
		wanted.instance = match.instance;
		if (find_group(companions->seeds, chosen, &wanted) != NULL &&
		    bsearch(&object, objects, chosen, sizeof(*objects), compare_objects) == NULL)
			add_seed(companions, COMPANION_NONE, object, object->uid, &match);
	}
	free(objects);
}

/* Make the groups from the sorted seeds. */
static void make_groups(struct companions *companions)
{
	const struct companion_seed *seeds = companions->seeds;
	const size_t count = companions->seed_count;

	companions->members = needed_array(count, sizeof(*companions->members));
	companions->groups = needed_array(count, sizeof(*companions->groups));
	for (size_t i = 0; i < count; i++) {
		struct companion_group *group;

		companions->members[i] =
		    (struct companion){ .object = seeds[i].object, .place = seeds[i].place };
		if (i == 0 || compare_groups(&seeds[i - 1], &seeds[i]) != 0)
			companions->groups[companions->count++] = (struct companion_group){
				.family = seeds[i].family,
				.owner = seeds[i].owner,
				.instance = seeds[i].instance,
				.members = &companions->members[i],
			};
		group = &companions->groups[companions->count - 1];
		group->count++;
		group->chosen += seeds[i].place != COMPANION_NONE;
	}
}

/* The kinds of the seeds' families. */
static unsigned int kinds_of_families(const struct companions *companions)
{
	const struct family *before = NULL;
	unsigned int kinds = 0;

	for (size_t i = 0; i < companions->seed_count; i++) {
		const struct family *family = companions->seeds[i].family;

		for (size_t j = 0; family != before && j < family->rule_count; j++)
			kinds |= family->rules[j]->kinds;
		before = family;
	}
	return kinds & KINDS_ALL;
}

int companions_find(struct companions *companions, const struct families *families,
                    struct error *error)
{
	const struct object_filter everything = {
		.kinds = kinds_of_families(companions),
		.takes_covered = true,
	};
	const size_t chosen = companions->seed_count;

	if (chosen == 0)
		return 0;
	qsort(companions->seeds, chosen, sizeof(*companions->seeds), compare_seeds);
	if (inventory_list(&everything, &companions->others, error) < 0)
		return -1;
	keep_others(companions, families, &companions->others, chosen);
	qsort(companions->seeds, companions->seed_count, sizeof(*companions->seeds), compare_seeds);
	make_groups(companions);
	return 0;
}

void companions_free(struct companions *companions)
{
	free(companions->groups);
	free(companions->members);
	free(companions->seeds);
	object_list_free(&companions->others);
	memset(companions, 0, sizeof(*companions));
}
