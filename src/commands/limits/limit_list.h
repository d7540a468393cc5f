/*
 * The limits of shared memory, queues and semaphores, and what is used of them.
 */
#ifndef SHMTOOL_COMMANDS_LIMITS_LIMIT_LIST_H
#define SHMTOOL_COMMANDS_LIMITS_LIMIT_LIST_H

#include "error.h"
#include "objects/object.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum limit_group {
	LIMITS_SYSV,      /* of this IPC namespace */
	LIMITS_POSIX,     /* of the file system at POSIX_DIRECTORY */
	LIMITS_HUGEPAGES, /* of the machine, a row a size */
	LIMITS_PROCESS,   /* of this process: getrlimit(2) */
	LIMITS_MSG,       /* System V message queues of this IPC namespace */
	LIMITS_SEM,       /* System V semaphore sets of this IPC namespace */
	LIMITS_PMSG,      /* POSIX message queues of this IPC namespace, and of this process */
	LIMITS_GROUPS
};

enum limit_unit {
	UNIT_BYTES,
	UNIT_PAGES,
	UNIT_SEGMENTS,
	UNIT_INODES,
	UNIT_SWITCH,
	UNIT_QUEUES,
	UNIT_MESSAGES,
	UNIT_SETS,
	UNIT_SEMAPHORES,
	UNIT_OPERATIONS,
	UNIT_VALUE, /* of a semaphore */
	UNIT_COUNT
};

/** The name of the limit of what all files in POSIX_DIRECTORY take. */
#define LIMIT_DEVSHM_SIZE "devshm_size"

/** The name of the limit of how many of them there are, directories too. */
#define LIMIT_DEVSHM_INODES "devshm_inodes"

/** Use above this many percent of a limit deserves a warning. */
enum { LIMIT_WARNING_PERCENT = 80 };

struct limit {
	enum limit_group group;
	enum limit_unit unit;
	char name[32];       /* "shmmni" */
	const char *meaning; /* a few words */
	bool unlimited;      /* the kernel enforces none */
	uint64_t value;      /* in the unit */
	bool used_known;
	uint64_t used;  /* in the unit */
	char cure[160]; /* the command that raises it, empty if there is none */
};

/** Five of segments, two of POSIX memory, a few sizes of huge pages, one, three, five and six. */
enum { LIMITS_MAX = 48 };

/**
 * Read the limits that this machine has for some kinds of object.
 *
 * @param kinds   of KIND_BIT()
 * @param limits  receives them, group by group
 * @param count   receives how many
 * @return 0, or -1 with error set if some could not be read: the others are in limits
 */
int limits_read(unsigned int kinds, struct limit limits[LIMITS_MAX], size_t *count,
                struct error *error);

/** Tell whether more than LIMIT_WARNING_PERCENT of a limit are used. */
bool limit_is_near(const struct limit *limit);

/**
 * How much of a limit is used.
 *
 * @param percent  receives it, rounded down; more than 100 if the limit was lowered below the use
 * @return false if that makes no sense for this limit
 */
bool limit_percent(const struct limit *limit, uint64_t *percent);

#endif
