/*
 * Whether an object is in use, determined without side effects: from nattch for a segment, which
 * counts the attaches of all processes, and from /proc for a file. No lease is taken, so for a file
 * "unused" is not a proof: usage/scan.h lists what a scan misses. "Orphaned" is a form of unused.
 */
#ifndef SHMTOOL_USAGE_VERDICT_H
#define SHMTOOL_USAGE_VERDICT_H

#include "error.h"
#include "objects/object.h"
#include "system/process.h"
#include "usage/scan.h"
#include "usage/use.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/** The kinds whose users /proc shows: they are attached, mapped or held open. */
enum { KINDS_WITH_USERS = KIND_BIT(KIND_SHM) | KINDS_POSIX };

/** A process that uses an object. */
struct object_user {
	pid_t pid;
	char command[COMMAND_SIZE];
};

/** The known users of an object; its list owns the texts. */
struct object_usage {
	enum object_use use;
	bool has_processes;              /* processes and commands are known, at least partly */
	uint32_t processes;              /* number of processes that use it */
	const struct object_user *users; /* these processes, by pid */
	const char *commands; /* their commands, each once: "postgres,python3"; "" for none */
	const char *why;      /* the reason, without a full stop; never NULL */
};

struct idle_options;

/** The usage of all objects of a list; list->usages points to it. */
struct object_usages {
	struct users_blind blind; /* what the scan could not see */
	size_t left_out;          /* objects that a filter omitted because the verdict is unknown */
	struct object_user *users; /* of all objects, one after another; in the same block */
	size_t user_count;
	struct object_usage of[];
};

/** The word for a verdict: "used". */
const char *use_word(enum object_use use);

/**
 * Find the users of a list's objects and set their usage, which stays NULL for other kinds and on
 * failure.
 *
 * @param kinds    kinds to process: bits of KIND_BIT()
 * @param options  of usage/idle.h, for queues and semaphore sets; NULL: the defaults
 * @param error  set on failure
 * @return 0, or -1
 */
int verdict_collect(struct object_list *list, unsigned int kinds,
                    const struct idle_options *options, struct error *error);

/**
 * Keep only the objects of a list that a process uses.
 *
 * @return 0, or -1 with error set: the process does not exist or can't be inspected
 */
int verdict_keep_used_by(struct object_list *list, pid_t pid, struct error *error);

/**
 * Whether a process is unlikely to use an object without having POSIX_DIRECTORY mounted, where it was
 * opened by name. A POSIX queue can be opened without its mount, and other directories have their
 * own.
 */
bool verdict_needs_mount(const struct shm_object *object);

/**
 * Count the attaches of a segment that the scan did not see. If there are any, nattch is read
 * again, so that a process that has detached meanwhile does not count.
 *
 * @param seen  attaches found in processes: the sum of struct user's areas
 */
uint64_t verdict_unseen_attaches(const struct shm_object *segment, uint64_t seen);

#endif
