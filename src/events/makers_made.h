/*
 * A recorded call, until its object is found and as long as that exists.
 */
#ifndef SHMTOOL_EVENTS_MAKERS_MADE_H
#define SHMTOOL_EVENTS_MAKERS_MADE_H

#include "events/file_key.h"
#include "events/make.h"

struct made {
	struct make make;  /* first, so that it is a recorded call */
	struct made *next; /* of a list */
	pid_t thread;      /* that called */
	int number;        /* of the system call */
	uid_t uid;         /* effective, of the caller; (uid_t)-1: its pid decides */
	uint64_t clock;    /* before the call, by process_clock() */
	bool is_over;      /* the call has returned */
	uint64_t forks;    /* processes that started since boot, some time before it */
	/* Of a file. */
	char *name;           /* in its directory; empty: it is being renamed */
	bool is_made;         /* a file of this name was reported */
	bool is_taken;        /* by file_makes_take() */
	uint32_t cookie;      /* of the rename, inotify(7) */
	struct file_key *key; /* NULL: not known yet */
};

struct maker_list;

/** A list of calls, the earliest first. All zero is the empty list, except last. */
struct made_list {
	struct made *first;
	struct made **last; /* the end of the list */
};

void made_list_init(struct made_list *list);

/** Take ownership of a call. */
void made_list_add(struct made_list *list, struct made *made);

/** Record that a thread has returned from its calls. */
void made_list_end(struct made_list *list, pid_t thread);

/**
 * Record which threads have returned from their calls, as far as that can be seen: a thread that does
 * not exist any more, or that waits in another call.
 */
void made_list_check(struct made_list *list);

/** Remove the call at a place from its list. */
struct made *made_list_take(struct made_list *list, struct made **place);

/** Free a call; NULL is permitted. */
void made_free(struct maker_list *makers, struct made *made);

void made_list_free(struct made_list *list, struct maker_list *makers);

#endif
