/*
 * Whether an object is in use, as far as that shows without touching it: from nattch of a segment,
 * which counts everybody, and from /proc for what has a name. No lease is taken, so for a file "unused"
 * is no proof: see usage/scan.h for what can't be seen. "Orphaned" is a kind of unused.
 */
#ifndef SHMTOOL_USAGE_VERDICT_H
#define SHMTOOL_USAGE_VERDICT_H

#include "error.h"
#include "objects/object.h"
#include "usage/scan.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum object_use {
	USE_UNKNOWN,  /* nobody was seen, but not everybody could be looked at */
	USE_USED,     /* attached, mapped or held open */
	USE_UNUSED,   /* nobody was seen; who could not be looked into has hardly opened it */
	USE_ORPHANED, /* System V: unused, and its creator is known to be gone */
	USE_COUNT
};

/** Sets of verdicts. */
#define USE_BIT(use) (1U << (use))

/** The kinds that processes attach, map or hold open so that it shows: memory and its like. */
enum { KINDS_WITH_USERS = KIND_BIT(KIND_SHM) | KINDS_DEVSHM };

/** The users of an object as far as they are known; the texts are owned by its list. */
struct object_usage {
	enum object_use use;
	bool has_processes;   /* processes and commands are known; of some, if not all were seen */
	uint32_t processes;   /* that use it */
	const char *commands; /* of these, each once: "postgres,python3"; "" for none */
	const char *why;      /* a sentence without a full stop, never NULL */
};

/** The usage of all objects of a list; list->usages points to it. */
struct object_usages {
	struct users_blind blind; /* what could not be seen while it was looked for */
	size_t left_out;          /* objects that a filter dropped because the verdict is unknown */
	struct object_usage of[];
};

/** The word for a verdict: "used". */
const char *use_word(enum object_use use);

/**
 * Find the users of a list's objects and set their usage, which stays NULL for other kinds and after
 * a failure.
 *
 * @param kinds  to look at, of KIND_BIT()
 * @param error  receives why it could not be done
 * @return 0, or -1
 */
int verdict_collect(struct object_list *list, unsigned int kinds, struct error *error);

/**
 * Leave only those objects in a list that a process uses.
 *
 * @return 0, or -1 with error set: no such process, one that may not be looked into
 */
int verdict_keep_used_by(struct object_list *list, pid_t pid, struct error *error);

/**
 * Of the attaches of a segment, count those that were not seen. If some are missing, the segment is
 * looked at again: who detaches meanwhile is not missed.
 *
 * @param seen  attaches that were found in processes, struct user's areas
 */
uint64_t verdict_unseen_attaches(const struct shm_object *segment, uint64_t seen);

#endif
