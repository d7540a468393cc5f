/*
 * The limits of shared memory, queues and semaphores, and their use.
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
	LIMITS_HUGEPAGES, /* of the machine, one row per page size */
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

/** The name of the limit on the bytes of all files in POSIX_DIRECTORY. */
#define LIMIT_DEVSHM_SIZE "devshm_size"

/** The name of the limit on the number of files and directories in it. */
#define LIMIT_DEVSHM_INODES "devshm_inodes"

/** Use above this percentage of a limit causes a warning. */
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
	char cure[160]; /* the command that raises the limit, empty if there is none */
};

/** Room for all groups: 5 + 2 + a few page sizes + 1 + 3 + 5 + 6. */
enum { LIMITS_MAX = 48 };

/**
 * Read the limits for some kinds of object.
 *
 * @param kinds   of KIND_BIT()
 * @param limits  receives them, group by group
 * @param count   receives their number
 * @return 0, or -1 with error set if some could not be read; limits then holds the others
 */
int limits_read(unsigned int kinds, struct limit limits[LIMITS_MAX], size_t *count,
                struct error *error);

/** Whether more than LIMIT_WARNING_PERCENT of a limit is used. */
bool limit_is_near(const struct limit *limit);

/**
 * Compute the percentage of a limit that is used.
 *
 * @param percent  receives it, rounded down; above 100 if the limit was lowered below the use
 * @return false if the limit has no percentage
 */
bool limit_percent(const struct limit *limit, uint64_t *percent);

#endif
