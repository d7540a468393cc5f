/*
 * Memory that processes share and that has no name: memfds, memfd_create(2), anonymous shared
 * mappings, mmap(2), and objects of POSIX_DIRECTORY whose name was removed while somebody had them.
 * It shows in no directory, takes memory all the same, and goes with its last user.
 *
 * It is found by looking into all processes, /proc/PID/fd and /proc/PID/maps, as users_scan() does,
 * and with the same limits. Nothing is attached, opened or locked.
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
	UNNAMED_REMOVED,   /* it had a name in POSIX_DIRECTORY, or never got one: O_TMPFILE */
	UNNAMED_ANONYMOUS, /* a shared mapping without a file, or of a driver */
};

struct unnamed_object {
	enum unnamed_kind kind;
	/*
	 * As if it were one of POSIX_DIRECTORY: KIND_PSHM, with the name that it had, or the name
	 * of a memfd, behind a slash; "/" if there is none.
	 */
	struct shm_object object;
	bool has_status; /* owner, size, memory and times are known: not if it is only mapped, and
	                    the mapping may not be followed, proc_pid_map_files(5) */
	dev_t device;
	pid_t pid;        /* a process that uses it */
	int fd;           /* a descriptor of that process, -1 if it has none */
	uint64_t address; /* of a shared mapping of it, if fd is -1; 0 if it has none */
};

/** All zero is the empty list. */
struct unnamed_list {
	struct unnamed_object *objects; /* each once, those that take most memory first */
	size_t count;
	size_t capacity;
	struct object_list texts; /* owns the names */
};

/**
 * Find all.
 *
 * @param list   receives them, to be freed with unnamed_free() also after a failure
 * @param error  receives why they could not be looked for: no /proc, no memory
 * @return 0, or -1
 */
int unnamed_find(struct unnamed_list *list, struct error *error);

void unnamed_free(struct unnamed_list *list);

/**
 * Tell whether one passes a filter, but for kinds, used_by and uses. What is not known of it is
 * never chosen.
 *
 * @param now  seconds since 1970
 */
bool unnamed_match(const struct unnamed_object *object, const struct object_filter *filter,
                   time_t now);

/** The name of a memfd, the one that an object had; NULL if it never had one. */
const char *unnamed_name(const struct unnamed_object *object);

/** The word for its kind: "memfd", "pshm", "anon". */
const char *unnamed_kind_word(const struct unnamed_object *object);

/** Make the target of one. */
void users_target_of_unnamed(const struct unnamed_object *object, struct users_target *target);

#endif
