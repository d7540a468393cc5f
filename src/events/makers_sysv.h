/*
 * The objects of recorded System V calls.
 *
 * A call is recorded while its thread waits in front of it. At that time its key is not in use, and
 * all objects that exist are known. So an object that then appears with the attributes of the call
 * (key; of a segment the pid of the creator and its size; of others its uid, of a set the number of
 * semaphores) is that of the call, unless a process outside of the program makes its twin in the
 * moment until the call has returned. If more such objects appear than calls were made, none is
 * attributed. The creator of a segment is proven: the kernel records its pid, and the caller still has
 * it, or no other process can have got it since. Sets and queues are proven only by makers_behalf.h.
 *
 * An object that appears later belongs to no earlier call: a call is forgotten when its thread exits,
 * waits in another call or makes another one of these calls, and in any case after a second.
 */
#ifndef SHMTOOL_EVENTS_MAKERS_SYSV_H
#define SHMTOOL_EVENTS_MAKERS_SYSV_H

#include "events/makers_made.h"
#include "events/makers_observer.h"
#include "events/makers_process.h"

#include <stddef.h>

struct sysv_slot;
struct sysv_table;

/** The objects of one kind. */
struct sysv_makes {
	enum object_kind kind;
	const struct sysv_table *table;
	struct maker_list *makers;
	const struct makers_observer *observer; /* NULL: none */
	struct sysv_slot *slots;  /* the known objects, by their index in the kernel's array */
	size_t count;             /* of slots */
	size_t free;              /* the lowest free one */
	size_t next;              /* the one after the latest object, or the next free one */
	uint64_t last_list;       /* begin of the last complete listing, by process_clock() */
	uint64_t list_time;       /* that it took, in milliseconds */
	struct made_list waiting; /* calls whose object was not seen yet */
	uint64_t forks;           /* processes started since boot, read about once a second */
	uint64_t forks_read;      /* when, by process_clock() */
	bool broken;              /* the objects can't be listed */
	bool has_short_indexes;   /* known: there is no ipcmni_extend */
};

/** List the existing objects. */
void sysv_makes_begin(struct sysv_makes *makes, enum object_kind kind, struct maker_list *makers);

/** Check before a call whether it can make an object: there is none with its key. */
bool sysv_makes_can(const struct sysv_makes *makes, key_t key);

/** Record a call that can make an object, before it continues; takes ownership. */
void sysv_makes_add(struct sysv_makes *makes, struct made *made);

/**
 * Record a call with the id of the object that it has certainly made, before others know the object;
 * takes ownership.
 */
void sysv_makes_put(struct sysv_makes *makes, struct made *made, int id);

/**
 * Look for the objects of recorded calls.
 *
 * @param all  also those that the kernel has not put in the lowest place
 */
void sysv_makes_look(struct sysv_makes *makes, bool all);

/** Returns the call that made an object; NULL: unknown. */
const struct make *sysv_makes_find(const struct sysv_makes *makes, const struct shm_object *object);

void sysv_makes_free(struct sysv_makes *makes);

#endif
