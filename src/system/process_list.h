/*
 * Lists of processes, from /proc.
 */
#ifndef SHMTOOL_SYSTEM_PROCESS_LIST_H
#define SHMTOOL_SYSTEM_PROCESS_LIST_H

#include "system/process.h"

#include <stddef.h>
#include <sys/types.h>

/** A list of processes; all zero is the empty list. */
struct process_list {
	struct process_stat *processes;
	size_t count;
};

/**
 * List all processes in /proc, sorted by pid.
 *
 * @param list  receives the processes; free with process_list_free()
 * @return 0, or -1 with errno
 */
int process_list_all(struct process_list *list);

void process_list_free(struct process_list *list);

/**
 * Add a process to a list.
 *
 * @return 0, or -1 if out of memory
 */
int process_list_add(struct process_list *list, const struct process_stat *process);

/** Sort a list by pid. */
void process_list_sort(struct process_list *list);

/**
 * Find a process in a list that is sorted by pid.
 *
 * @return NULL if it is not listed
 */
const struct process_stat *process_list_find(const struct process_list *list, pid_t pid);

/** A list of pids; all zero is the empty list. */
struct pid_list {
	pid_t *pids;
	size_t count;
};

/**
 * List the processes that /proc shows, in its order.
 *
 * @param list  receives the pids; free with pid_list_free()
 * @return 0, or -1 with errno
 */
int pid_list_all(struct pid_list *list);

/** Check whether the kernel provides /proc/PID/task/TID/children, proc_tid_children(5). */
bool process_children_are_listed(void);

/**
 * List the children of a process, including zombies. If process_children_are_listed(), the list of
 * a single-threaded caller's own children is complete, since only the caller can remove a child
 * from it. Otherwise all of /proc is searched, which is slow, and a process that becomes a child
 * meanwhile may be missing.
 *
 * @param children  receives the pids; free with pid_list_free()
 * @return 0, or -1 with errno: ENOTSUP if /proc belongs to another pid namespace
 */
int process_list_children(pid_t pid, struct pid_list *children);

void pid_list_free(struct pid_list *list);

#endif
