/*
 * The kinds of object: one table, with an entry for each. Commands and listings use the table and
 * do not depend on the kind of an object.
 */
#ifndef SHMTOOL_OBJECTS_KIND_H
#define SHMTOOL_OBJECTS_KIND_H

#include "error.h"
#include "objects/change.h"
#include "objects/object.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

/** Size of the text about the contents of an object, in bytes. */
enum { CONTENTS_SIZE = 80 };

struct sysv_table;

struct kind {
	const char *word;    /* for --kind, and before the colon of a REF: "shm" */
	const char *noun;    /* in a sentence: "segment" */
	const char *plural;  /* in a sentence: "System V segments" */
	const char *title;   /* of a table: "Shared Memory Segments" */
	const char *block;   /* heading of the details, before the REF: "Shared Memory Segment" */
	const char *columns; /* default columns of a table: "a,b" */
	const char *prefix;  /* of its REFs: "id:" */
	const char *fixed_size; /* why its size can't be changed; NULL: it can */

	/**
	 * Add all objects to a list. Kinds with the same function are listed together, because they
	 * share a directory.
	 *
	 * @param kinds  bits of KIND_BIT()
	 * @return 0, or -1 with error set if some could not be listed: the list holds the others
	 */
	int (*list)(unsigned int kinds, struct object_list *list, struct error *error);

	/* System V only: the kernel's array of them. */
	const struct sysv_table *table;

	/* System V only. Return 0, or -1 with errno ENOENT. */
	int (*find_key)(key_t key, int *id);
	int (*find_id)(int id, struct object_list *list);

	/* POSIX only, by file name. Returns 0, or -1 with errno ENOENT, ENOTSUP, EACCES. */
	int (*find_name)(const char *file, struct object_list *list);

	/**
	 * Collect the values that cost extra system calls, by enum object_need; NULL if there are
	 * none.
	 *
	 * @return 0, or -1 with errno of errno_is_passing() if a shortage made values unknown;
	 *         values that are not available for another reason are no failure
	 */
	int (*collect)(struct object_list *list, unsigned int needs);

	/**
	 * Change an object.
	 *
	 * @param change  only of what the kind supports: shmtool-set(1)
	 * @return 0, or -1 with error set
	 */
	int (*change)(const struct shm_object *object, const struct object_change *change,
	              struct error *error);

	/**
	 * Remove an object, even if it is in use.
	 *
	 * @param attached  receives the remaining attaches of a segment, 0 if the object is gone
	 * @return 0, or -1 with errno: ENOENT, EIDRM, EPERM, EACCES
	 */
	int (*remove)(const struct shm_object *object, uint64_t *attached);

	/** Describe the contents of an object, "3 messages"; empty if unknown. */
	void (*contents)(const struct shm_object *object, char text[CONTENTS_SIZE]);

	/** Time of the last recorded use, seconds since 1970; 0 if there is none. */
	time_t (*last_use)(const struct shm_object *object);
};

/** The table, by enum object_kind. */
extern const struct kind object_kinds[KIND_COUNT];

/** The word for a kind: "shm". */
const char *kind_word(enum object_kind kind);

/** The word for the kind of an object: "shm"; "memfd" if object_is_held(). */
const char *object_kind_word(const struct shm_object *object);

/** Check whether a kind is a System V one: with an id and perhaps a key. */
bool kind_is_sysv(enum object_kind kind);

/** The noun for a kind in a sentence: "segment", "object", "queue". */
const char *kind_noun(enum object_kind kind);

/** Check whether the size of an object is known. A semaphore set has none, a queue may hide it. */
bool object_size_is_known(const struct shm_object *object);

/**
 * Format the REF of an object: "id:123", "/name", "psem:/name", "msg:5", "pid:12:fd:3". Names are
 * not escaped; that is up to the output.
 *
 * @param target  REF_TEXT_SIZE bytes
 * @return length in bytes
 */
size_t object_ref(const struct shm_object *object, char *target);

/**
 * The prefix that makes the path of a file a REF. Without one, a path is taken literally, as the
 * shell's globbing produces it; "path:" if it is printed with escapes; "file:" if it has only one
 * slash, as the name of an object.
 *
 * @param top   the first part of the path; may be empty
 * @param rest  of the path, not empty
 */
const char *path_ref_prefix(const char *top, const char *rest);

#endif
