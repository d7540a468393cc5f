/*
 * The program behind "--": attach REF -- CMD ARG...
 */
#ifndef SHMTOOL_COMMANDS_SHARED_CHILD_H
#define SHMTOOL_COMMANDS_SHARED_CHILD_H

#include "cli/command.h"
#include "error.h"

/** Statuses of a program that could not be run, as shells have them. */
enum { STATUS_NOT_EXECUTABLE = 126, STATUS_NOT_FOUND = 127, STATUS_SIGNAL = 128 };

/** Make an exit status of that of a program that was run. */
static inline enum exit_status child_status(int status)
{
	return (enum exit_status)(STATUS_OF_PROGRAM | (unsigned int)status);
}

/**
 * Say why a program could not be executed.
 *
 * @param program  its name
 * @param number   errno of execvp(3)
 * @return STATUS_NOT_EXECUTABLE or STATUS_NOT_FOUND
 */
int child_exec_failed(const struct command_context *context, const char *program, int number);

/**
 * Run a program as child_run() does, for a file: its REF holds wherever the program goes.
 *
 * @param path  of the file
 */
int child_run_for_file(const struct command_context *context, const char *path);

/**
 * Run a program and wait for its end. Signals of the terminal reach it by themselves; SIGTERM and
 * SIGHUP are passed on. A failure is printed.
 *
 * @param ref  the object that it is about, for its environment: SHMTOOL_REF
 * @return its exit status, STATUS_SIGNAL + N if signal N has ended it, or one of the statuses above
 */
int child_run(const struct command_context *context, const char *ref);

#endif
