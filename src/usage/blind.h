/*
 * The limits of a look at all processes.
 */
#ifndef SHMTOOL_USAGE_BLIND_H
#define SHMTOOL_USAGE_BLIND_H

#include "system/process.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/** How many processes that could not be looked into are named. */
enum { USERS_BLIND_NAMED = 3 };

/** Processes that could not be seen. */
struct users_blind {
	size_t
	    processes; /* that could not be looked into; kernel threads and zombies hold nothing */
	size_t near;   /* of these, those that have POSIX_DIRECTORY mounted */
	struct {
		pid_t pid;
		char command[COMMAND_SIZE];
	} named[USERS_BLIND_NAMED]; /* the lowest numbers; first those that have it mounted */
	bool no_proc;               /* there is no /proc: nobody could be seen */
	bool hidden;                /* /proc leaves out the processes of others */
	bool outside;               /* there are processes outside of /proc's pid namespace */
};

/**
 * Remember who could not be looked into, and find out who is not even listed. Who could have opened
 * our objects by their names is named first.
 *
 * @param pids   of those processes; sorted in place
 * @param count  of them
 */
void users_blind_fill(struct users_blind *blind, pid_t *pids, size_t count);

/** Tell whether anything could not be seen. */
bool users_are_blind(const struct users_blind *blind);

/** Room for users_blind_text(), in bytes. */
enum { USERS_BLIND_TEXT_SIZE = 320 };

/**
 * Say what could not be seen: "3 processes could not be looked into (1 init, 7 sshd, ...)".
 *
 * @param near_only  only what matters for objects in POSIX_DIRECTORY
 * @param text       receives it; empty if there is nothing to say
 */
void users_blind_text(const struct users_blind *blind, bool near_only,
                      char text[USERS_BLIND_TEXT_SIZE]);

#endif
