/*
 * One of the objects of usage/unnamed.h: memory that no directory lists.
 */
#ifndef SHMTOOL_USAGE_UNNAMED_OBJECT_H
#define SHMTOOL_USAGE_UNNAMED_OBJECT_H

#include "objects/filter.h"
#include "objects/object.h"
#include "usage/scan.h"
#include "usage/target.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

enum unnamed_kind {
	UNNAMED_MEMFD,
	UNNAMED_ANONYMOUS, /* a shared mapping without a file, or of a driver */
	UNNAMED_OBJECT,    /* unlinked from POSIX_DIRECTORY, or created there with O_TMPFILE */
	UNNAMED_FILE,      /* the same in any other tmpfs or hugetlbfs that a process has mounted */
	UNNAMED_DETACHED,  /* in a file system that no process has mounted; it may have a name */
	UNNAMED_KIND_COUNT
};

/** Sets of kinds. */
#define UNNAMED_BIT(kind) (1U << (kind))
enum { UNNAMED_ALL = (1U << UNNAMED_KIND_COUNT) - 1 };

struct unnamed_object {
	enum unnamed_kind kind;
	/*
	 * Filled like an object of POSIX_DIRECTORY: KIND_PSHM, named by a slash and its former name,
	 * by its former path, or by a slash and the name of the memfd; "/" if there is none.
	 */
	struct shm_object object;
	bool has_name;   /* UNNAMED_DETACHED: it is still in a directory of that file system */
	bool has_status; /* owner, size, memory and times are known. False if it is only mapped and
	                    the mapping can't be followed, proc_pid_map_files(5) */
	dev_t device;
	pid_t pid;        /* a process that uses it; shmtool itself only if no other does */
	uint64_t began;   /* when that process started, to compare */
	int fd;           /* a descriptor of that process; -1 if it has none */
	uint64_t address; /* of a shared mapping in that process, if fd is -1; 0 if it has none */
	bool is_huge;     /* in huge pages */
	uint64_t page_bytes; /* size of its huge pages; 0 if they are none, or if that is unknown */
	/*
	 * UNNAMED_DETACHED: not a file but the rest of the file system, all of its memory that is in
	 * no file that a process has open or mapped. Only its memory may be known.
	 */
	bool is_rest;
	uint64_t
	    siblings; /* UNNAMED_DETACHED: files and directories of its file system, with itself
	                      and without the root directory; 0: not counted */
};

/** A use that keeps a file system which no process has mounted. */
struct unnamed_holder {
	dev_t device;
	uint64_t began;   /* when the process started, to compare */
	struct user user; /* its target is not set */
};

/** All zero is the empty list. */
struct unnamed_list {
	struct unnamed_object *objects; /* each once, the largest users of memory first */
	size_t count;
	struct object_list texts; /* owns the names */
	struct unnamed_holder *holders;
	size_t holder_count;
};

/**
 * Check whether an object matches a filter; the conditions on kinds, used_by and uses are ignored.
 * An unknown value matches no condition.
 *
 * @param now  seconds since 1970
 */
bool unnamed_match(const struct unnamed_object *object, const struct object_filter *filter,
                   time_t now);

/** The name of a memfd, or the former name of an object; NULL if it never had one. */
const char *unnamed_name(const struct unnamed_object *object);

/**
 * The word for a kind: "memfd", "anon", "pshm", "removed", "detached".
 */
const char *unnamed_kind_word(enum unnamed_kind kind);

/**
 * Format the REF of an object.
 *
 * @param text  receives it; empty if there is none
 */
void unnamed_ref(const struct unnamed_object *object, char text[REF_TEXT_SIZE]);

/**
 * Make a target from such an object. If it is the rest of a file system, users_scan() finds
 * nothing: its users are added by unnamed_add_holders().
 */
void users_target_of_unnamed(const struct unnamed_object *object, struct users_target *target);

#endif
