/*
 * The makers of objects, without privileges: a seccomp filter in the program and its descendants
 * has the kernel notify us before each call that can make an object, seccomp_unotify(2).
 */
#ifndef SHMTOOL_EVENTS_MAKERS_H
#define SHMTOOL_EVENTS_MAKERS_H

#include "error.h"
#include "objects/object.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/** A process that made something, or a parent of one, as it was at that time. */
struct maker {
	pid_t pid;
	uint64_t start;             /* process_clock() */
	const char *cmdline;        /* the words, separated by blanks */
	const struct maker *parent; /* towards the program, which has none; NULL: unknown */
};

/** A call that may have made an object. */
struct make {
	uint64_t time; /* nanoseconds since 1970 */
	enum object_kind kind;
	const char *call; /* "shmget" */
	const struct maker *maker;
	key_t key;             /* System V */
	uint64_t bytes;        /* KIND_SHM: its size; KIND_SEM: semaphores */
	const char *path;      /* POSIX: the absolute path, or the name of a queue; NULL: unknown */
	const char *backtrace; /* lines "function (file:line)"; NULL: none */
	const char *no_backtrace; /* why there is none; NULL: it was not requested */
};

struct makers;

/**
 * In the child, before execve(2): install the filter and send the listener to the parent. Sets
 * no_new_privs unless the caller has CAP_SYS_ADMIN.
 *
 * @param channel  a connected socket, unix(7)
 * @return 0, or -1 with errno: EBUSY if there is a listener already, ENOSYS, EINVAL
 */
int makers_install(int channel);

/**
 * In the parent: receive the listener.
 *
 * @param backtrace  also record where in the program each object is made
 * @param error      receives why the kernel does not report makers
 * @return free with makers_free(); NULL with error set
 */
struct makers *makers_receive(int channel, bool backtrace, struct error *error);

/** A descriptor for poll(2), readable when makers_read() is due. */
int makers_fd(const struct makers *makers);

/** Record the calls so far, and let them go on. */
void makers_read(struct makers *makers);

/**
 * Find the call that made an object.
 *
 * @return NULL if it is not proven that one of the program's processes made it
 */
const struct make *makers_find(const struct makers *makers, const struct shm_object *object);

void makers_free(struct makers *makers);

#endif
