/*
 * Texts that several events or processes share: after a fork(2), parent and child have the same.
 */
#ifndef SHMTOOL_EVENTS_SHARED_TEXT_H
#define SHMTOOL_EVENTS_SHARED_TEXT_H

#include <sys/types.h>

struct shared_text {
	unsigned int references;
	char text[];
};

/** Make a text; NULL for NULL. The caller has its first reference. */
struct shared_text *shared_text_new(const char *text);

/** The command line of a running process, at most EVENT_CMDLINE_MAX bytes; NULL if it is unknown. */
struct shared_text *shared_text_of_cmdline(pid_t pid);

/** The path of the control group of a running process; NULL if it is unknown. */
struct shared_text *shared_text_of_cgroup(pid_t pid);

/** One more reference to a text; NULL for NULL. */
struct shared_text *shared_text_share(struct shared_text *text);

/** Replace a text by another one, whose reference is taken over; NULL gives up the reference. */
void shared_text_replace(struct shared_text **place, struct shared_text *text);

#endif
