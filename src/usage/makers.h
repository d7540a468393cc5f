/*
 * The processes that may have made objects: whether the maker of an object is running, and whether
 * a program that will use its objects again is running.
 *
 * A pid in the name of an object is that of the maker in its own pid namespace, pid_namespaces(7),
 * so it is compared with all pids of a process: NSpid in /proc/PID/status, proc_pid_status(5).
 */
#ifndef SHMTOOL_USAGE_MAKERS_H
#define SHMTOOL_USAGE_MAKERS_H

#include "system/process.h"
#include "usage/family.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <time.h>

/** A process under one of its pids. */
struct maker {
	pid_t number; /* pid in one of its pid namespaces */
	pid_t pid;    /* pid in ours */
	uid_t uid;    /* real */
	uid_t effective_uid;
	time_t began; /* seconds since 1970 */
	char command[COMMAND_SIZE];
};

/** All running processes. */
struct makers {
	struct maker *makers; /* sorted by number */
	size_t count;
	bool is_complete; /* no process is hidden or outside our pid namespace */
};

/**
 * Read all processes.
 *
 * @param makers  receives the processes; free with makers_free()
 * @return 0, or -1 with errno if /proc can't be read
 */
int makers_read(struct makers *makers);

void makers_free(struct makers *makers);

/** Check whether any process has a pid in one of its pid namespaces. */
bool makers_have(const struct makers *makers, pid_t number);

/**
 * Find the maker of an object by its pid.
 *
 * @param pid    in any pid namespace
 * @param born   creation time of the object, seconds since 1970; a later time is safe
 * @param found  receives the process if CREATOR_LIVES
 * @return CREATOR_UNKNOWN if the maker may be a process that can't be seen, or if the clock has
 *         been set since
 */
enum process_creator makers_find(const struct makers *makers, pid_t pid, time_t born,
                                 const struct maker **found);

/**
 * Find a running program of a family and user.
 *
 * @param family  must have programs
 * @param uid     real or effective user
 * @return NULL if there is none that can be seen
 */
const struct maker *makers_find_program(const struct makers *makers, const struct family *family,
                                        uid_t uid);

#endif
