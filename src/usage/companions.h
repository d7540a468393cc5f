/*
 * Companions: objects of one instance of a family that belong together, FATE_TOGETHER. A family
 * whose rules have no instance has a single one. Companions have the same owner: an object of one
 * user never keeps an object of another. The owner of a file on which something is mounted is
 * unknown, so that it keeps its instance of all owners.
 */
#ifndef SHMTOOL_USAGE_COMPANIONS_H
#define SHMTOOL_USAGE_COMPANIONS_H

#include "error.h"
#include "objects/object.h"
#include "usage/family.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/** The place of a companion that was not chosen. */
#define COMPANION_NONE SIZE_MAX

struct companion {
	const struct shm_object *object;
	size_t place; /* index in the list of chosen objects, or COMPANION_NONE */
};

/** The objects of one owner and one instance, at least one of them chosen. */
struct companion_group {
	const struct family *family;
	uid_t owner;
	const char *instance;
	const struct companion *members; /* the chosen ones come first, in their order */
	size_t count;
	size_t chosen; /* number of chosen members */
};

/** All zero: none. */
struct companions {
	struct companion_group *groups;
	size_t count;
	struct companion *members;
	struct object_list others; /* objects that were not chosen; owns the texts */
	struct companion_seed *seeds;
	size_t seed_count;
};

/**
 * Record a chosen object, if its family has companions.
 *
 * @param place   index of the object in the list of chosen objects
 * @param object  borrowed until companions_free()
 * @param match   the family of the object
 */
void companions_add(struct companions *companions, size_t place, const struct shm_object *object,
                    const struct family_match *match);

/**
 * Find the companions of all recorded objects, including those that were not chosen.
 *
 * @param families  the families of the matches
 * @param error     describes what could not be listed; the groups are then incomplete
 * @return 0, or -1
 */
int companions_find(struct companions *companions, const struct families *families,
                    struct error *error);

void companions_free(struct companions *companions);

#endif
