/*
 * All descendants of a process, including short-lived ones: the kernel reports every fork and exit,
 * see events/process_connector.h.
 */
#ifndef SHMTOOL_COMMANDS_GUARD_FORK_WATCH_H
#define SHMTOOL_COMMANDS_GUARD_FORK_WATCH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct fork_watch;

/** The time during which a process had a pid, by process_clock(). */
struct pid_life {
	pid_t pid;
	uint64_t begin;
	uint64_t end; /* UINT64_MAX while it runs */
};

/**
 * Whether only the process of this life can have had the pid between two times. The life may begin
 * a little later or end a little earlier: the kernel assigns all other pids before it reuses one,
 * which takes longer.
 *
 * @param from, to  by process_clock()
 */
bool pid_life_covers(const struct pid_life *life, uint64_t from, uint64_t to);

/**
 * Start to follow the future descendants of a process.
 *
 * @param ancestor  must have no children yet
 * @return free with fork_watch_end(); NULL with errno if the kernel does not report them
 */
struct fork_watch *fork_watch_begin(pid_t ancestor);

void fork_watch_end(struct fork_watch *forks);

/** A descriptor for poll(2), readable when fork_watch_read() is due; -1 after an event was lost. */
int fork_watch_fd(const struct fork_watch *forks);

/**
 * Read the events so far. The kernel reports a process before it starts to run. After an event was
 * lost, no process is known to be a descendant any more.
 */
void fork_watch_read(struct fork_watch *forks);

/** Whether a descendant had a pid between two times: pid_life_covers(). */
bool fork_watch_had(const struct fork_watch *forks, pid_t pid, uint64_t from, uint64_t to);

/** Forget descendants that exited before a time by process_clock(). */
void fork_watch_forget(struct fork_watch *forks, uint64_t before);

#endif
