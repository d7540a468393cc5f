/*
 * The processes that a search through /proc cannot inspect.
 */
#ifndef SHMTOOL_USAGE_BLIND_H
#define SHMTOOL_USAGE_BLIND_H

#include "system/process.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/** The number of processes that messages name. */
enum { USERS_BLIND_NAMED = 3 };

/** Processes that could not be inspected. */
struct users_blind {
	size_t processes; /* kernel threads and zombies hold nothing and are not counted */
	size_t near;      /* the subset that has POSIX_DIRECTORY mounted */
	struct {
		pid_t pid;
		char command[COMMAND_SIZE];
	} named[USERS_BLIND_NAMED]; /* the lowest pids; those that have it mounted come first */
	bool no_proc;               /* /proc is not mounted: no process is visible */
	bool hidden;                /* /proc hides the processes of other users */
	bool outside;               /* there are processes outside /proc's pid namespace */
};

/**
 * Record the processes that could not be inspected, and find out whether others are not even
 * listed. Processes that could have opened our objects by name are named first.
 *
 * @param pids   processes that could not be inspected; sorted in place
 * @param count  number of pids
 */
void users_blind_fill(struct users_blind *blind, pid_t *pids, size_t count);

/** Check whether any process could not be inspected. */
bool users_are_blind(const struct users_blind *blind);

/** Size of the buffer for users_blind_text(), in bytes. */
enum { USERS_BLIND_TEXT_SIZE = 320 };

/**
 * Describe what could not be seen: "3 processes could not be inspected (1 init, 7 sshd, ...)".
 *
 * @param near_only  include only what matters for objects in POSIX_DIRECTORY
 * @param text       receives the description; empty if everything was visible
 */
void users_blind_text(const struct users_blind *blind, bool near_only,
                      char text[USERS_BLIND_TEXT_SIZE]);

#endif
