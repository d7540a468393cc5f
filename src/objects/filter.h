/*
 * Filters: which objects are meant. All that are given must hold.
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

struct object_filter {
	unsigned int kinds;             /* of KIND_BIT() */
	struct filter_list owner;       /* uids */
	struct filter_id mine;          /* uid that must be the owner as well */
	struct filter_list creator;     /* uids; System V only, that of others is not known */
	struct filter_list key;         /* System V only, others have none */
	struct filter_list name;        /* glob(7) patterns; POSIX only, others have none */
	struct filter_limit min_size;   /* bytes; a semaphore set has 0 */
	struct filter_limit max_size;   /* bytes */
	struct filter_limit older_than; /* seconds since creation or the last change */
	struct filter_id used_by;       /* pid of a process that uses it */
	unsigned int uses;              /* of USE_BIT(), usage/verdict.h; 0 for all */
	struct filter_limit idle_for; /* seconds since the last attach, detach, access or change */
	bool
	    takes_covered; /* whether KNOWN_COVERED is wanted, of which only kind and name are known */
};

/** Free the lists of a filter. */
void filter_free(struct object_filter *filter);

/** Tell whether a filter leaves nothing out but kinds. */
bool filter_takes_all(const struct object_filter *filter);

/**
 * Tell whether an object passes, but for used_by and uses: these need a look at all processes,
 * which choose_list() takes once, for what is left.
 *
 * @param now  seconds since 1970
 */
bool filter_match(const struct object_filter *filter, const struct shm_object *object, time_t now);

/**
 * How long ago an object was made or changed.
 *
 * @param now  seconds since 1970
 * @return seconds, 0 if that is in the future
 */
uint64_t object_age(const struct shm_object *object, time_t now);

/**
 * How long nobody has attached, detached, read, written, sent, received, operated or changed it, as
 * far as its times tell: who uses memory that is mapped already leaves no time behind.
 *
 * @param now  seconds since 1970
 * @return seconds, 0 if that is in the future
 */
uint64_t object_idle(const struct shm_object *object, time_t now);

#endif
