/*
 * All processes that come from a process, also those that live only for a moment: the kernel tells of
 * every fork and of every end, through the process connector of netlink(7), see cn_proc.h of the
 * kernel. It does so in the first pid and network namespace only; before Linux 6.6, to root only.
 */
#ifndef SHMTOOL_COMMANDS_GUARD_FORK_WATCH_H
#define SHMTOOL_COMMANDS_GUARD_FORK_WATCH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct family;

/** A time in which a process had a pid; times are by process_clock(). */
struct pid_life {
	pid_t pid;
	uint64_t begin;
	uint64_t end; /* UINT64_MAX as long as it lives */
};

/**
 * Tell whether who had a pid between two times can be nobody else than the process of a life. It may
 * have got it somewhat later, or have lost it somewhat earlier: before the kernel gives a pid to
 * somebody else it gives away all others, and that takes longer.
 *
 * @param from, to  by process_clock()
 */
bool pid_life_covers(const struct pid_life *life, uint64_t from, uint64_t to);

/**
 * Begin to follow the descendants that a process will have.
 *
 * @param ancestor  has no children yet
 * @return to be freed with family_free(), or NULL with errno if the kernel does not tell
 */
struct family *family_follow(pid_t ancestor);

void family_free(struct family *family);

/** A descriptor for poll(2): there is something to be read; -1 once something was missed. */
int family_fd(const struct family *family);

/**
 * Read what the kernel has told so far, which it does before a new process begins to run. Once
 * something was missed, nobody is known to descend any more.
 */
void family_read(struct family *family);

/**
 * Tell whether it was a descendant who had a pid between two times: pid_life_covers().
 */
bool family_had(const struct family *family, pid_t pid, uint64_t from, uint64_t to);

/** Forget descendants that have ended before a time by process_clock(). */
void family_forget(struct family *family, uint64_t before);

#endif
