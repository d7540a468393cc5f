/*
 * Companions: objects of one instance of a family that only make sense together, FATE_TOGETHER. A family
 * whose rules name no instance has a single one. Companions have one owner: an object of another user
 * keeps nothing of yours.
 */
#ifndef SHMTOOL_USAGE_COMPANIONS_H
#define SHMTOOL_USAGE_COMPANIONS_H

#include "error.h"
#include "objects/object.h"
#include "usage/family.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/** The place of a companion that was not chosen, and the group of an object that has none. */
#define COMPANION_NONE SIZE_MAX

struct companion {
	const struct shm_object *object;
	size_t place; /* in the list of chosen objects, or COMPANION_NONE */
};

/** The objects of one owner and one instance; at least one of them was chosen. */
struct companion_group {
	const struct family *family;
	uid_t owner;
	const char *instance;
	const struct companion *members; /* first the chosen ones, in their order */
	size_t count;
	size_t chosen; /* of them */
};

/** All zero: none. */
struct companions {
	struct companion_group *groups;
	size_t count;
	struct companion *members;
	struct object_list others; /* those that were not chosen, and the texts */
	struct companion_seed *seeds;
	size_t seed_count;
	size_t seed_capacity;
};

/**
 * Note that a chosen object has companions if its family says so.
 *
 * @param place   of the object in the list of chosen objects
 * @param object  stays where it is until companions_free()
 * @param match   the object's
 * @return 0, or -1 with errno ENOMEM
 */
int companions_add(struct companions *companions, size_t place, const struct shm_object *object,
                   const struct family_match *match);

/**
 * Find the companions of all objects that were noted, also those that were not chosen.
 *
 * @param families  of the matches
 * @param error     receives what could not be listed; then no group can be relied on
 * @return 0, or -1
 */
int companions_find(struct companions *companions, const struct families *families,
                    struct error *error);

void companions_free(struct companions *companions);

#endif
