/*
 * The System V objects of the caller's IPC namespace, as tracepoints describe them: the facts of an
 * object are still known when it is removed.
 */
#ifndef SHMTOOL_EVENTS_TRACED_OBJECT_H
#define SHMTOOL_EVENTS_TRACED_OBJECT_H

#include "events/number_table.h"
#include "objects/object.h"

#include <stdbool.h>
#include <stdint.h>

struct traced_object {
	struct shm_object object;
	uint64_t since;   /* it was read then, with all earlier changes; CLOCK_MONOTONIC */
	uint64_t touched; /* time of the last event; CLOCK_MONOTONIC */
	/* The last comparison with the kernel, see traced_check.h. */
	bool is_missing;  /* the object was not there */
	bool is_doubtful; /* the number of attaches differed */
	bool is_wrong;    /* twice */
	uint64_t doubted_attaches;
	uint64_t round; /* in which it was there */
};

struct traced_objects {
	struct number_table tables[KIND_COUNT]; /* struct traced_object by id */
};

/** Read all objects of the given kinds, bits of KIND_BIT(). */
void traced_objects_read(struct traced_objects *objects, unsigned int kinds);

/** Find an object; NULL if it is not known. */
struct traced_object *traced_object_find(const struct traced_objects *objects,
                                         enum object_kind kind, int id);

/** Add an object, with its kind and id; everything else is zero. */
struct traced_object *traced_object_add(struct traced_objects *objects, enum object_kind kind,
                                        int id);

/** Remove an object from the table and free it. */
void traced_object_remove(struct traced_objects *objects, struct traced_object *object);

void traced_objects_free(struct traced_objects *objects);

/**
 * Read an object as it is now.
 *
 * @param object  receives the object
 * @return 0, or -1 with errno: ENOENT if it does not exist
 */
int traced_object_look(enum object_kind kind, int id, struct shm_object *object);

#endif
