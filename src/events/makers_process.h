/*
 * The processes of makers.h, with their parents, as they were when they made something.
 */
#ifndef SHMTOOL_EVENTS_MAKERS_PROCESS_H
#define SHMTOOL_EVENTS_MAKERS_PROCESS_H

#include "events/make.h"

struct maker_list;

/** Returns an empty list; free with maker_list_free(). */
struct maker_list *maker_list_new(void);

/** Set the process at which the chains of parents end. */
void maker_list_begin(struct maker_list *list, pid_t program);

/**
 * Describe the process of a thread that waits in a call, and its parents.
 *
 * @param thread  in this pid namespace
 * @return to be released by maker_release(); never NULL
 */
const struct maker *maker_describe(struct maker_list *list, pid_t thread);

/** Returns the process of a thread in this pid namespace. */
pid_t maker_process_of(pid_t thread);

/** Returns the same maker for another user, who releases it as well. */
const struct maker *maker_share(struct maker_list *list, const struct maker *maker);

/** Check whether a process still runs. */
bool maker_lives(const struct maker *maker);

/** Give up a maker, after the last use of it. */
void maker_release(struct maker_list *list, const struct maker *maker);

/** Free the list and all makers. NULL is permitted. */
void maker_list_free(struct maker_list *list);

#endif
