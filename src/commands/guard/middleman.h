/*
 * The process between a supervisor and the program that it runs, so that a program that kills its
 * parent does not hit the supervisor.
 *
 * The middleman starts the program and waits, nothing else; only SIGKILL ends it before. It is the
 * first subreaper (PR_SET_CHILD_SUBREAPER, prctl(2)), the supervisor must be the next: when the
 * middleman ends, because the program has or because it was killed, the program and all orphans
 * become the supervisor's children. So it is the supervisor who waits for the program and learns its
 * status.
 */
#ifndef SHMTOOL_COMMANDS_GUARD_MIDDLEMAN_H
#define SHMTOOL_COMMANDS_GUARD_MIDDLEMAN_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/** What comes through the channel, as struct middleman_message. */
enum middleman_word {
	WORD_STARTED, /* number: the program's pid; comes first */
	WORD_FAILED,  /* number: errno of execvp(3) or fork(2); the program has not run */
	WORD_STOPPED, /* the program was stopped */
	WORD_REAPED,  /* number: the pid of an orphan that has ended; begin, end */
};

struct middleman_message {
	enum middleman_word word;
	int number;
	uint64_t begin; /* of a process, by process_clock() */
	uint64_t end;   /* when it was still there */
};

struct middleman_request {
	char **program;
	sigset_t mask;                /* the program's signal mask */
	struct sigaction child_ended; /* what the program has for SIGCHLD */
	bool end_all;       /* if the supervisor is killed, end the program and all others */
	unsigned int grace; /* that they have then after SIGTERM, in milliseconds */
};

/**
 * Start the middleman. The caller must be a subreaper, have one thread and all signals blocked.
 *
 * @param channel  receives a descriptor that messages can be read from; it does not wait
 * @return the middleman's pid, or -1 with errno
 */
pid_t middleman_start(const struct middleman_request *request, int *channel);

#endif
