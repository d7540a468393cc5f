/*
 * The processes that may have made objects: whether the maker of an object is running, and whether
 * a program that will use its objects again is running.
 *
 * A pid in the name of an object is that of the maker in its own pid namespace, pid_namespaces(7),
 * so it is compared with all pids of a process: NSpid in /proc/PID/status, proc_pid_status(5).
 */
#ifndef SHMTOOL_USAGE_LIVING_MAKERS_H
#define SHMTOOL_USAGE_LIVING_MAKERS_H

#include "system/process.h"
#include "usage/family.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <time.h>

/** A process under one of its pids. */
struct living_maker {
	pid_t number; /* pid in one of its pid namespaces */
	pid_t pid;    /* pid in ours */
	uid_t uid;    /* real */
	uid_t effective_uid;
	time_t began; /* seconds since 1970 */
	char command[COMMAND_SIZE];
};

/** All running processes. */
struct living_makers {
	struct living_maker *makers; /* sorted by number */
	size_t count;
	bool is_complete; /* no process is hidden or outside our pid namespace */
};

/**
 * Read all processes.
 *
 * @param makers  receives the processes; free with living_makers_free()
 * @return 0, or -1 with errno if /proc can't be read
 */
int living_makers_read(struct living_makers *makers);

void living_makers_free(struct living_makers *makers);

/** Check whether any process has a pid in one of its pid namespaces. */
bool living_makers_have(const struct living_makers *makers, pid_t number);

/**
 * Find the maker of an object by its pid.
 *
 * @param pid    in any pid namespace
 * @param born   creation time of the object, seconds since 1970; a later time is safe
 * @param found  receives the process if CREATOR_LIVES
 * @return CREATOR_UNKNOWN if the maker may be a process that can't be seen, or if the clock has
 *         been set since
 */
enum process_creator living_makers_find(const struct living_makers *makers, pid_t pid, time_t born,
                                        const struct living_maker **found);

/**
 * Find a running program of a family and user.
 *
 * @param family  must have programs
 * @param uid     real or effective user
 * @return NULL if there is none that can be seen
 */
const struct living_maker *living_makers_find_program(const struct living_makers *makers,
                                                      const struct family *family, uid_t uid);

#endif
