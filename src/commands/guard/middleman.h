/*
 * Processes between a supervisor and the program that it runs. They protect the supervisor from a
 * program that kills its parent, and they terminate the program if the supervisor is killed.
 *
 * A middleman starts the next one or the program and then only waits; only SIGKILL ends it early.
 * It is a subreaper (PR_SET_CHILD_SUBREAPER, prctl(2)), as the supervisor must be: when a middleman
 * exits, the program and all orphans become children of the one above it, or of the supervisor.
 *
 * If all descendants must end with the supervisor, there are two middlemen in their own process
 * group, so that a program that kills its parent or its process group leaves at least one. Both
 * stay until the supervisor calls them or dies: either closes the pipe that it holds. Then the
 * lower one terminates all descendants of the program, and the upper one those that remain. The
 * current parent of the program reports its exit. Otherwise there is one middleman, which exits
 * with the program.
 */
#ifndef SHMTOOL_COMMANDS_GUARD_MIDDLEMAN_H
#define SHMTOOL_COMMANDS_GUARD_MIDDLEMAN_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { MIDDLEMEN_MAX = 2 };

/** Messages on the channel, as struct middleman_message. */
enum middleman_word {
	WORD_MIDDLEMAN, /* number: the lower middleman's pid; comes first */
	WORD_STARTED,   /* number: the program's pid; precedes all other messages */
	WORD_FAILED,    /* number: errno of execvp(3) or fork(2); the program has not run */
	WORD_STOPPED,   /* the program was stopped */
	WORD_REAPED,    /* number: the pid of an orphan that has exited; begin, end */
	WORD_ENDED,     /* the program exited and its parent stays; number, code: from waitid(2) */
};

struct middleman_message {
	enum middleman_word word;
	int number;
	int code;
	uint64_t begin; /* start of a process, by process_clock() */
	uint64_t end;   /* when it still existed */
};

struct descendants;
struct makers;

struct middleman_request {
	char **program;
	const struct makers *makers;  /* that the program reports to; NULL: none */
	sigset_t mask;                /* the program's signal mask */
	struct sigaction child_ended; /* the program's action for SIGCHLD */
	bool end_all;       /* if the supervisor is killed, terminate the program and all others */
	unsigned int grace; /* time they then get after SIGTERM, in milliseconds */
	struct descendants *descendants; /* of the caller; each middleman has a copy */
};

struct middlemen {
	pid_t pids[MIDDLEMEN_MAX]; /* from the top; 0 for none or not reported yet */
	int channel;               /* to read messages from; nonblocking; -1 after the last one */
	int leash;                 /* closed by middlemen_call(); -1 for none */
};

/**
 * Start the middlemen. The caller must be a subreaper, have one thread and all signals blocked.
 *
 * @return 0, or -1 with errno
 */
int middlemen_start(const struct middleman_request *request, struct middlemen *middlemen);

/**
 * Continue stopped middlemen, and reap those that have exited. Returns whether one is still
 * running.
 */
bool middlemen_live(struct middlemen *middlemen);

/**
 * Have the middlemen terminate all descendants of the program, then exit; wait for that. The
 * program itself has exited and is not reaped.
 *
 * @return false if they were already killed
 */
bool middlemen_call(struct middlemen *middlemen, const struct descendants *descendants);

#endif
