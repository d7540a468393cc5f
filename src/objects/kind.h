/*
 * The kinds of object: one table, with an entry for each. Commands and listings ask it and do not
 * care which kind an object is of.
 */
#ifndef SHMTOOL_OBJECTS_KIND_H
#define SHMTOOL_OBJECTS_KIND_H

#include "error.h"
#include "objects/object.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

/** Room for the text of what an object holds, in bytes. */
enum { CONTENTS_SIZE = 80 };

struct kind {
	const char *word;    /* "shm": for --kind, and before the colon of a REF */
	const char *noun;    /* in a sentence: "segment" */
	const char *plural;  /* in a sentence: "System V segments" */
	const char *title;   /* of a table: "Shared Memory Segments" */
	const char *block;   /* before a REF, over its details: "Shared Memory Segment" */
	const char *columns; /* what the table shows by default, "a,b" */
	const char *prefix;  /* of its REFs: "id:" */

	/**
	 * Add all objects to a list. Kinds with the same function are listed together, because one
	 * directory has them.
	 *
	 * @param kinds  of KIND_BIT()
	 * @return 0, or -1 with error set if some could not be looked at: the others are in the list
	 */
	int (*list)(unsigned int kinds, struct object_list *list, struct error *error);

	/* System V only: 0, or -1 with errno ENOENT, ENOMEM. */
	int (*find_key)(key_t key, int *id);
	int (*find_id)(int id, struct object_list *list);

	/* POSIX only, by the name of the file: 0, or -1 with errno ENOENT, ENOTSUP, EACCES, ENOMEM. */
	int (*find_name)(const char *file, struct object_list *list);

	/**
	 * Collect what costs extra system calls, of enum object_need; NULL if nothing does.
	 *
	 * @return 0, or -1 with errno of errno_is_passing() if a shortage kept it from looking at
	 *         some; what can't be had for another reason is unknown
	 */
	int (*collect)(struct object_list *list, unsigned int needs);

	/**
	 * Remove an object, whoever uses it.
	 *
	 * @param attached  receives the attaches that a segment waits for, 0 if the object is gone
	 * @return 0, or -1 with errno: ENOENT, EIDRM, EPERM, EACCES
	 */
	int (*remove)(const struct shm_object *object, uint64_t *attached);

	/** Write what an object holds, "3 messages"; empty if that is not known. */
	void (*contents)(const struct shm_object *object, char text[CONTENTS_SIZE]);

	/** The time of the last use that left one behind, seconds since 1970; 0 if there was none. */
	time_t (*last_use)(const struct shm_object *object);
};

/** The table, by enum object_kind. */
extern const struct kind object_kinds[KIND_COUNT];

/** The word for a kind: "shm". */
const char *kind_word(enum object_kind kind);

/** The word for what an object is: "shm"; "memfd" if object_is_held(). */
const char *object_kind_word(const struct shm_object *object);

/** Tell whether a kind is one of System V: it has an id and perhaps a key. */
bool kind_is_sysv(enum object_kind kind);

/** The noun for a kind in a sentence: "segment", "object", "queue". */
const char *kind_noun(enum object_kind kind);

/** Tell whether the size of an object is known. A semaphore set has none, a queue may hide its. */
bool object_size_is_known(const struct shm_object *object);

/**
 * Write the REF of an object: "id:123", "/name", "psem:/name", "msg:5", "pid:12:fd:3". Names stand as they are; whoever
 * prints the REF makes them visible.
 *
 * @param target  REF_TEXT_SIZE bytes
 * @return length in bytes
 */
size_t object_ref(const struct shm_object *object, char *target);

#endif
