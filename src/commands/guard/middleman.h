/*
 * The processes between a supervisor and the program that it runs, so that a program that kills its
 * parent does not hit the supervisor, and so that somebody is left who ends the program if the
 * supervisor is killed.
 *
 * A middleman starts the next one or the program and waits, nothing else; only SIGKILL ends it before.
 * It is a subreaper (PR_SET_CHILD_SUBREAPER, prctl(2)), and the supervisor must be one: when a
 * middleman ends, the program and all orphans become children of the one above it, in the end of the
 * supervisor.
 *
 * If all has to be ended with the supervisor, there are two middlemen, in a process group of their own:
 * a program that kills its parent or its process group leaves at least one of them. Both stay until
 * the supervisor calls, or is gone: both close the pipe that it holds. Then the lower one ends all
 * that comes from the program, and the upper one what the lower one has left. The end of the program
 * is told by its parent, whoever that is. Else there is one middleman, which ends with the program.
 */
#ifndef SHMTOOL_COMMANDS_GUARD_MIDDLEMAN_H
#define SHMTOOL_COMMANDS_GUARD_MIDDLEMAN_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { MIDDLEMEN_MAX = 2 };

/** Messages through the channel, as struct middleman_message. */
enum middleman_word {
	WORD_MIDDLEMAN, /* number: the lower middleman's pid; comes first */
	WORD_STARTED,   /* number: the program's pid; comes before all else */
	WORD_FAILED,    /* number: errno of execvp(3) or fork(2); the program has not run */
	WORD_STOPPED,   /* the program was stopped */
	WORD_REAPED,    /* number: the pid of an orphan that has ended; begin, end */
	WORD_ENDED, /* the program has ended, and its parent stays; number, code: of waitid(2) */
};

struct middleman_message {
	enum middleman_word word;
	int number;
	int code;
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

struct middlemen {
	pid_t pids[MIDDLEMEN_MAX]; /* from above; 0 for none, or not told of yet */
	int channel; /* that messages can be read from; it does not wait; -1 after the last one */
	int leash;   /* closed by middlemen_call(); -1 for none */
};

/**
 * Start the middlemen. The caller must be a subreaper, have one thread and all signals blocked.
 *
 * @return 0, or -1 with errno
 */
int middlemen_start(const struct middleman_request *request, struct middlemen *middlemen);

/** Let those go on that were stopped, and wait for those that have ended; tell whether one lives. */
bool middlemen_live(struct middlemen *middlemen);

/**
 * Have the middlemen end all that comes from the program and themselves, and wait for that. The program
 * itself, which has ended, is left to be waited for.
 *
 * @return false if they were killed before
 */
bool middlemen_call(struct middlemen *middlemen);

#endif
