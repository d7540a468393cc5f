/*
 * Shared memory without a name: memfds, memfd_create(2); anonymous shared mappings, mmap(2); and
 * objects of POSIX_DIRECTORY that were unlinked while in use. No directory lists it, it uses memory
 * all the same, and it is freed with its last user.
 *
 * The search reads /proc/PID/fd and /proc/PID/maps of all processes, as users_scan() does and with
 * the same limits. Nothing is attached, opened or locked.
 */
#ifndef SHMTOOL_USAGE_UNNAMED_H
#define SHMTOOL_USAGE_UNNAMED_H

#include "error.h"
#include "objects/filter.h"
#include "objects/object.h"
#include "usage/scan.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum unnamed_kind {
	UNNAMED_MEMFD,
	UNNAMED_REMOVED,   /* unlinked from POSIX_DIRECTORY, or created there with O_TMPFILE */
	UNNAMED_ANONYMOUS, /* a shared mapping without a file, or of a driver */
};

struct unnamed_object {
	enum unnamed_kind kind;
	/*
	 * Filled like an object of POSIX_DIRECTORY: KIND_PSHM, named by a slash and its former name
	 * or the name of the memfd; "/" if there is none.
	 */
	struct shm_object object;
	bool has_status; /* owner, size, memory and times are known. False if it is only mapped and
	                    the mapping can't be followed, proc_pid_map_files(5) */
	dev_t device;
	pid_t pid;        /* a process that uses it */
	int fd;           /* a descriptor of that process; -1 if it has none */
	uint64_t address; /* of a shared mapping in that process, if fd is -1; 0 if it has none */
};

/** All zero is the empty list. */
struct unnamed_list {
	struct unnamed_object *objects; /* each once, the largest users of memory first */
	size_t count;
	struct object_list texts; /* owns the names */
};

/**
 * Find all shared memory without a name.
 *
 * @param list   receives the objects; free with unnamed_free(), also on failure
 * @param error  set on failure: no /proc, too few descriptors
 * @return 0, or -1
 */
int unnamed_find(struct unnamed_list *list, struct error *error);

void unnamed_free(struct unnamed_list *list);

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

/** The word for its kind: "memfd", "pshm", "anon". */
const char *unnamed_kind_word(const struct unnamed_object *object);

/** Make a target from such an object. */
void users_target_of_unnamed(const struct unnamed_object *object, struct users_target *target);

#endif
