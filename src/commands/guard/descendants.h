/*
 * The descendants of a process: its children, their children, and orphans that it adopted as a
 * subreaper, PR_SET_CHILD_SUBREAPER of prctl(2).
 */
#ifndef SHMTOOL_COMMANDS_GUARD_DESCENDANTS_H
#define SHMTOOL_COMMANDS_GUARD_DESCENDANTS_H

#include "system/process_list.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/** The supervised program, the processes between it and the caller, and the keeper of makers.h. */
enum { DESCENDANTS_OWN_MAX = 4 };

struct makers;

/**
 * Marks that distinguish the caller's descendants from other processes that are, or may become, its
 * children. All zero before descendants_begin().
 */
struct descendants {
	struct process_list inherited; /* children from before execve(2) */
	bool others_may_come;          /* orphans of others can become children */
	struct process_stat own[DESCENDANTS_OWN_MAX];
	size_t own_count;
	struct makers
	    *makers; /* to read while waiting: descendants may wait for that; NULL: none */
};

/** Wait for a hundredth of a second. */
void descendants_pause(const struct descendants *descendants);

/**
 * Remember the children that the caller inherited through execve(2), for example from a shell with
 * background jobs. From here on, these and their descendants do not count.
 *
 * @return 0, also without a /proc of the caller's pid namespace; -1 with errno if they can't be listed
 */
int descendants_begin(struct descendants *descendants);

/**
 * After descendants_begin(): declare a middleman or the supervised program. If orphans of other
 * processes can become the caller's children, because it inherited some or is the init process of
 * its pid namespace, only descendants of a declared child count.
 */
void descendants_own(struct descendants *descendants, pid_t child);

/** Whether a process is running and known to be a descendant of the caller. */
bool descendants_have(const struct descendants *descendants, pid_t pid);

/**
 * Wait until the caller has no running descendants, and reap those that have exited. Processes of
 * descendants_own() do not count and are not reaped, here and in descendants_end().
 *
 * @param milliseconds  maximum time to wait
 * @param list          receives those still running, free with process_list_free()
 * @return 0, or -1 with errno if they can't be listed
 */
int descendants_wait(const struct descendants *descendants, uint64_t milliseconds,
                     struct process_list *list);

/**
 * Terminate all descendants of the caller: SIGTERM, then SIGKILL for those that remain and for new
 * ones. The caller must be a subreaper, so that orphans become its children; it continues until no
 * child is left. It gives up only on processes that SIGKILL does not end, after five seconds
 * without progress.
 *
 * @param milliseconds  time between SIGTERM and SIGKILL
 * @param list          receives those that could not be terminated, free with process_list_free()
 * @return 0, or -1 with errno if they can't be listed
 */
int descendants_end(const struct descendants *descendants, uint64_t milliseconds,
                    struct process_list *list);

void descendants_free(struct descendants *descendants);

#endif
