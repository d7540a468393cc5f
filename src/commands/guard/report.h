/*
 * Reports of a guarded run for CI systems: JSON, and a JUnit file with one test case, which fails
 * on a leak.
 */
#ifndef SHMTOOL_COMMANDS_GUARD_REPORT_H
#define SHMTOOL_COMMANDS_GUARD_REPORT_H

#include "commands/guard/descendants.h"
#include "commands/guard/leaks.h"
#include "commands/guard/supervise.h"
#include "error.h"

#include <stdbool.h>
#include <stdio.h>

struct guard_outcome {
	char **program;                  /* with its arguments, terminated by NULL */
	bool shared;                     /* in the machine's namespace */
	const char *failure;             /* why it was not run or guarded; NULL if it was */
	const struct supervised *result; /* of the program */
	int status;                      /* exit status of guard */
	const struct leak_list *leaks;
	const struct process_list *stragglers;
	bool ended;             /* they were terminated */
	const char *no_origins; /* why the origins of leaks are unknown; NULL: they are known */
};

/**
 * Write one JSON object: the program, its status, and the leaks.
 *
 * @return 0, or -1 with error set; errors of the stream are detected when it is closed
 */
int guard_report_json(const struct guard_outcome *outcome, FILE *stream, struct error *error);

/** Write a JUnit file, the XML format of test results for CI systems. */
void guard_report_junit(const struct guard_outcome *outcome, FILE *stream);

#endif
