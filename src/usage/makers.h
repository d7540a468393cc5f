/*
 * The processes that objects may come from: whether the maker of an object still lives, and whether a
 * program that comes back for its objects is running.
 *
 * A pid in the name of an object is the maker's in its own pid namespace, pid_namespaces(7), so it is
 * compared with all the numbers that a process has: NSpid in /proc/PID/status, proc_pid_status(5).
 */
#ifndef SHMTOOL_USAGE_MAKERS_H
#define SHMTOOL_USAGE_MAKERS_H

#include "system/process.h"
#include "usage/family.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <time.h>

/** A process under one of its numbers. */
struct maker {
	pid_t number; /* in one of its pid namespaces */
	pid_t pid;    /* in ours */
	uid_t uid;    /* real */
	uid_t effective_uid;
	time_t began; /* seconds since 1970 */
	char command[COMMAND_SIZE];
};

/** All living processes. */
struct makers {
	struct maker *makers; /* by number */
	size_t count;
	bool is_complete; /* no process is hidden, none is outside of our pid namespace */
};

/**
 * Look at all processes.
 *
 * @param makers  receives them, to be freed with makers_free()
 * @return 0, or -1 with errno if /proc can't be read
 */
int makers_read(struct makers *makers);

void makers_free(struct makers *makers);

/** Tell whether any process has a number in one of its pid namespaces. */
bool makers_have(const struct makers *makers, pid_t number);

/**
 * Find the maker of an object by its pid.
 *
 * @param pid    its number in any pid namespace
 * @param born   when the object was made, seconds since 1970; a later time is on the safe side
 * @param found  receives the process if it lives
 * @return CREATOR_UNKNOWN if it may be a process that can't be seen, or if the clock was set since
 */
enum process_creator makers_find(const struct makers *makers, pid_t pid, time_t born,
                                 const struct maker **found);

/**
 * Find a running program of a family, of a user.
 *
 * @param family  one with programs
 * @param uid     real or effective
 * @return NULL if none is seen
 */
const struct maker *makers_find_program(const struct makers *makers, const struct family *family,
                                        uid_t uid);

#endif
