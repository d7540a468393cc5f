/*
 * The processes that events name: their facts are read while they run, and remembered after they
 * have exited.
 */
#ifndef SHMTOOL_EVENTS_PROCESS_FACTS_H
#define SHMTOOL_EVENTS_PROCESS_FACTS_H

#include "events/event.h"

#include <stdbool.h>
#include <sys/types.h>

struct process_facts;

/**
 * Start to remember processes: each from its first event on.
 *
 * @return free with process_facts_free(); never NULL
 */
struct process_facts *process_facts_new(void);

void process_facts_free(struct process_facts *facts);

/**
 * From now on, remember all processes of the machine from their fork(2) or execve(2) on, so that
 * they are known even if they exit at once. See process_connector.h for when this is possible.
 *
 * @return a descriptor for poll(2), readable when process_facts_read() is due; or -1 with errno
 */
int process_facts_follow(struct process_facts *facts);

/** Remember the processes that were started so far. */
void process_facts_read(struct process_facts *facts);

/**
 * Describe a process: its command, command line, effective user and control group. They are read
 * from /proc at the first event of the process, and again after an execve(2) or a change of its
 * name. Of a process that has exited, the last known ones are used. About 250 processes are
 * remembered, or 4000 with process_facts_follow().
 *
 * @param pid      in the caller's namespace; 0: unknown
 * @param exited   the process is known to be reaped, so another one may have its pid
 * @param process  receives the description, with thread 0; its texts are valid until the next call
 */
void process_facts_find(struct process_facts *facts, pid_t pid, bool exited,
                        struct event_process *process);

#endif
