/*
 * A program and its descendants, also those that have exited.
 *
 * With the process connector, each descendant is known from its fork(2) on. Without it, for example
 * in a container, a process belongs to the program if its parents lead there, or to the caller, which
 * adopts orphans. A process that has exited before the question is then taken for a descendant: an
 * event too many is better than one that is missed.
 */
#ifndef SHMTOOL_COMMANDS_WATCH_LINEAGE_H
#define SHMTOOL_COMMANDS_WATCH_LINEAGE_H

#include "events/number_table.h"

#include <stdbool.h>
#include <sys/types.h>

struct lineage {
	int connector; /* of process_connector_open(); -1: none */
	struct number_table pids;
};

/** Begin with a program, a child of the caller, that has no descendants yet. */
void lineage_begin(struct lineage *lineage, pid_t program);

/** A descriptor for poll(2), readable when lineage_read() is due; -1: none. */
int lineage_fd(const struct lineage *lineage);

/** Record what the kernel has reported. */
void lineage_read(struct lineage *lineage);

/** Add a process that is known to be a descendant for another reason. */
void lineage_add(struct lineage *lineage, pid_t pid);

/** Whether a process is the program or one of its descendants. */
bool lineage_has(struct lineage *lineage, pid_t pid);

void lineage_end(struct lineage *lineage);

#endif
