/*
 * The limits of shared memory, queues and semaphores, and their use.
 */
#ifndef SHMTOOL_COMMANDS_SHARED_LIMIT_LIST_H
#define SHMTOOL_COMMANDS_SHARED_LIMIT_LIST_H

#include "commands/shared/commitment.h"
#include "error.h"
#include "objects/ref.h"
#include "output/percent.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/statvfs.h>

enum limit_group {
	LIMITS_SYSV,        /* of this IPC namespace */
	LIMITS_POSIX,       /* of the file system at POSIX_DIRECTORY */
	LIMITS_HUGEPAGES,   /* of the machine, one row per page size */
	LIMITS_PROCESS,     /* of this process: getrlimit(2) */
	LIMITS_MSG,         /* System V message queues of this IPC namespace */
	LIMITS_SEM,         /* System V semaphore sets of this IPC namespace */
	LIMITS_PMSG,        /* POSIX message queues of this IPC namespace, and of this process */
	LIMITS_DIRECTORIES, /* file systems of directories that --dir names */
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

/**
 * Use above this percentage of a limit, in hundredths, causes a warning; below that one, sparse
 * objects do not matter.
 */
enum { LIMIT_WARNING_LEVEL = 8000, LIMIT_SPARSE_LEVEL = 10 };

struct limit {
	enum limit_group group;
	enum limit_unit unit;
	char name[REF_SHORT_SIZE]; /* "shmmni", "size:/mnt/huge"; a long path is truncated */
	const char *meaning;       /* a few words */
	bool is_own;               /* of this process: getrlimit(2) */
	bool unlimited;            /* the kernel enforces none */
	uint64_t value;            /* in the unit */
	uint64_t page_bytes;       /* UNIT_PAGES: size of a page */
	bool used_known;
	uint64_t used; /* in the unit */
	/* If the use is that of one object: */
	char holder[REF_SHORT_SIZE]; /* its REF; a long path is truncated */
	uint64_t own_value;          /* its own limit, if that replaces the value; else 0 */
	/* If the use is the memory that filling sparse objects would take: commitment.h */
	bool is_commitment; /* even if the use is unknown */
	uint64_t missing;   /* of the use: by the holder alone */
	/* The command that raises the limit, empty if there is none. */
	char cure[REF_SHORT_SIZE + 96];
};

/** Room for all groups, 6 + 3 + a few page sizes + 1 + 3 + 5 + 6, or for three of each directory. */
enum { LIMITS_MAX = 96 };

/**
 * Read the limits for some kinds of object.
 *
 * @param kinds      of KIND_BIT()
 * @param is_strict  whether a use that is unknown for lack of permission or because a file system
 *                   is not mounted is a failure
 * @param limits     receives them, group by group
 * @param count      receives their number
 * @return 0, or -1 with error set if some could not be read; limits then holds the others
 */
int limits_read(unsigned int kinds, bool is_strict, struct limit limits[LIMITS_MAX], size_t *count,
                struct error *error);

/** The bytes that files can still take: free in their file system and in memory. */
uint64_t limit_room(const struct statvfs *fs);

/**
 * Set the value and the use of a limit on the memory that filling sparse objects takes.
 *
 * @param left  bytes of room for them
 */
void limit_commit(struct limit *limit, const struct commitment *commitment, uint64_t left);

/** The word for a unit: "bytes". */
const char *limit_unit_word(enum limit_unit unit);

/** The limit that the use counts against: the value, unless the object has its own. */
uint64_t limit_value(const struct limit *limit);

/** Whether the use is known to be at least LEVEL hundredths of a percent of the limit. */
bool limit_reaches(const struct limit *limit, unsigned int level);

/** Whether more than LIMIT_WARNING_LEVEL of a limit is used. */
bool limit_is_near(const struct limit *limit);

/**
 * Write the percentage of a limit that is used; above 100 if the limit was lowered below the use.
 *
 * @param text  receives it, rounded down to tenths
 * @return false if the limit has no percentage
 */
bool limit_percent(const struct limit *limit, char text[PERCENT_TEXT_SIZE]);

#endif
