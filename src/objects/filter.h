/*
 * Filters, which select objects. An object must match all given conditions.
 */
#ifndef SHMTOOL_OBJECTS_FILTER_H
#define SHMTOOL_OBJECTS_FILTER_H

#include "objects/filter_list.h"
#include "objects/object.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

struct filter_id {
	bool given;
	uint32_t id; /* a uid_t, a key_t, a pid_t */
};

struct filter_limit {
	bool given;
	uint64_t limit; /* bytes or seconds */
};

struct object_tree;

struct object_filter {
	unsigned int kinds; /* bits of KIND_BIT() */
	/* Only what is in these directories; NULL: everything. */
	const struct object_tree *const *trees;
	size_t tree_count;
	bool recursive;                 /* also what is in directories of the place, or of these */
	struct filter_list owner;       /* uids */
	struct filter_id mine;          /* uid that must also be the owner */
	struct filter_list creator;     /* uids; System V only: others do not record it */
	struct filter_list key;         /* System V only */
	struct filter_list name;        /* glob(7) patterns; POSIX only */
	struct filter_list family;      /* families of usage/family.h, by families_number() */
	struct filter_limit min_size;   /* bytes; a semaphore set has 0 */
	struct filter_limit max_size;   /* bytes */
	struct filter_limit older_than; /* seconds since creation or the last change */
	struct filter_id used_by;       /* pid of a process that uses it */
	unsigned int uses;              /* bits of USE_BIT(), usage/verdict.h; 0 for all */
	bool with_messages;           /* uses: messages do not keep a queue from being abandoned */
	struct filter_limit idle_for; /* seconds since the last attach, detach, access or change */
	bool takes_covered;           /* select KNOWN_COVERED, too, by kind and name only */
};

/** Free the lists of a filter. */
void filter_free(struct object_filter *filter);

/** Check whether a filter has no condition other than kinds. */
bool filter_takes_all(const struct object_filter *filter);

/**
 * Check whether an object matches, except for used_by and uses: these need a scan of all processes,
 * which choose_list() makes once, for the remaining objects.
 *
 * @param now  seconds since 1970
 */
bool filter_match(const struct object_filter *filter, const struct shm_object *object, time_t now);

/**
 * The time since an object was created or changed.
 *
 * @param now  seconds since 1970
 * @return seconds, 0 if that is in the future
 */
uint64_t object_age(const struct shm_object *object, time_t now);

/**
 * The time since an object was last attached, detached, read, written, operated on or changed, as
 * recorded by the kernel. Access to memory that is already mapped is not recorded.
 *
 * @param now  seconds since 1970
 * @return seconds, 0 if that is in the future
 */
uint64_t object_idle(const struct shm_object *object, time_t now);

#endif
