/*
 * Running the program given after "--": attach REF -- CMD ARG...
 */
#ifndef SHMTOOL_COMMANDS_SHARED_CHILD_H
#define SHMTOOL_COMMANDS_SHARED_CHILD_H

#include "cli/command.h"
#include "error.h"

#include <signal.h>
#include <sys/types.h>

/** Exit statuses for a program that could not be run, as in shells. */
enum { STATUS_NOT_EXECUTABLE = 126, STATUS_NOT_FOUND = 127, STATUS_SIGNAL = 128 };

/**
 * Print why a program could not be executed.
 *
 * @param program  its name
 * @param number   errno of execvp(3)
 * @return STATUS_NOT_EXECUTABLE or STATUS_NOT_FOUND
 */
int child_exec_failed(const struct command_context *context, const char *program, int number);

struct child_request {
	const char *ref; /* SHMTOOL_REF in the program's environment; NULL: unchanged */
	/* Called in the child before execve(2); NULL: not. Returns 0, or -1 with errno. */
	int (*prepare)(void *closure);
	void *closure;
};

/** The signals that are treated differently while a program runs. */
enum { CHILD_SIGNALS = 5 };

/** A program that runs. */
struct child {
	pid_t pid;
	int failure; /* errno of execvp(3) can be read from it, or its end */
	struct sigaction before[CHILD_SIGNALS];
};

/**
 * Start a program. From then on, the terminal's signals reach it directly; SIGTERM and SIGHUP are
 * passed on. Prints an error.
 *
 * @param started  receives the program, for child_wait()
 * @return 0, or -1
 */
int child_start(const struct command_context *context, const struct child_request *request,
                struct child *started);

/**
 * Wait until a program exits. Prints an error.
 *
 * @return its exit status, STATUS_SIGNAL + N if signal N killed it, or one of the statuses above
 */
int child_wait(const struct command_context *context, struct child *started);

/**
 * Check whether a child has exited, without reaping it.
 *
 * @param end  receives how, see waitid(2)
 * @return 1, 0 if it is running, or -1 with errno of waitid(2)
 */
int child_has_ended(pid_t pid, siginfo_t *end);

/**
 * Run a program for a file, as child_run() does. The REF is absolute, so it stays valid if the
 * program changes directory.
 *
 * @param path  the path of the file
 */
int child_run_for_file(const struct command_context *context, const char *path);

/**
 * Run a program and wait for it to exit. The terminal's signals reach it directly; SIGTERM and
 * SIGHUP are passed on. Prints an error.
 *
 * @param ref  the object's REF, for SHMTOOL_REF in the program's environment
 * @return its exit status, STATUS_SIGNAL + N if signal N killed it, or one of the statuses above
 */
int child_run(const struct command_context *context, const char *ref);

#endif
