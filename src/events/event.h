/*
 * The events of objects: each is one change of one object, made by a process or its end, or a call.
 */
#ifndef SHMTOOL_EVENTS_EVENT_H
#define SHMTOOL_EVENTS_EVENT_H

#include "base/clock.h"
#include "objects/object.h"
#include "system/process.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum event_type {
	EVENT_CREATED,
	EVENT_ATTACHED, /* shmat(2); a fork(2) that inherits attaches */
	EVENT_DETACHED, /* shmdt(2), munmap(2), execve(2), exit or kill */
	EVENT_OPENED,
	EVENT_CLOSED, /* the last descriptor or mapping of an open(2) */
	EVENT_RESIZED,
	EVENT_CHANGED, /* owner, mode or another attribute */
	EVENT_RENAMED,
	EVENT_LOCKED, /* SHM_LOCK */
	EVENT_UNLOCKED,
	EVENT_MARKED,  /* for destruction with the last detach */
	EVENT_REMOVED, /* or destroyed, after it was marked */
	EVENT_CALLED,  /* a call that changed nothing, for example because it failed */
	EVENT_LOST,    /* events were lost here: the member number is how many, at least */
	EVENT_TYPES
};

/** Sets of types. */
#define EVENT_BIT(type) (1U << (type))
enum { EVENTS_ALL = EVENT_BIT(EVENT_TYPES) - 1 };

/** Values that are not known. */
#define EVENT_UNKNOWN UINT64_MAX

enum { EVENT_ARGUMENTS = 6 };

/** Longer command lines are cut off, in bytes. */
enum { EVENT_CMDLINE_MAX = 4096 };

/** The process that caused an event, as it was at that time; it may be gone. */
struct event_process {
	pid_t pid;                  /* in the caller's namespace; 0: unknown, or outside */
	pid_t thread;               /* the same for the thread */
	uid_t uid;                  /* effective; (uid_t)-1: unknown */
	char command[COMMAND_SIZE]; /* comm, proc_pid_comm(5); "": unknown */
	const char *cmdline;        /* the words, separated by blanks; NULL: unknown */
	const char *cgroup;         /* path, proc_pid_cgroup(5); NULL: unknown */
};

struct event_call;

/** Texts and the object belong to the stream, and live until the next event_stream_read(). */
struct event {
	uint64_t time; /* nanoseconds since 1970 */
	enum event_type type;
	/* The object after the event, or before it if it is removed; NULL: unknown or none. */
	const struct shm_object *object;
	const char *old_name; /* EVENT_RENAMED; else NULL */
	struct event_process process;
	uint64_t before; /* attaches, links or bytes (EVENT_RESIZED) before; EVENT_UNKNOWN */
	uint64_t after;  /* the same afterwards */
	uint64_t number; /* EVENT_LOST: events lost, at least */
	/* The system call; NULL: none, or unknown because the source reports no calls. */
	const struct event_call *call;
	uint64_t arguments[EVENT_ARGUMENTS];
	int64_t result; /* of the call; negative: -errno */
};

/** The time of an event in seconds since 1970. */
static inline time_t event_second(const struct event *event)
{
	return (time_t)(event->time / NANOSECONDS_PER_SECOND);
}

/** The word of a type: "created". */
const char *event_word(enum event_type type);

/** Parse a word; returns EVENT_TYPES if there is no such type. */
enum event_type event_parse(const char *word);

#endif
