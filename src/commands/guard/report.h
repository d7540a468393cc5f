/*
 * How a guarded run went, for a CI system: as JSON, and as a JUnit file with one test case, which
 * fails on a leak.
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
	char **program;                  /* with its arguments, ended by NULL */
	bool shared;                     /* in the machine's namespace */
	const char *failure;             /* why it was not run or guarded; NULL if it was */
	const struct supervised *result; /* of the program */
	int status;                      /* that guard ends with */
	const struct leak_list *leaks;
	const struct process_list *stragglers;
	bool ended; /* they have been */
};

/**
 * Write one JSON object: the program, how it ended, what is left.
 *
 * @return 0, or -1 with error set; errors of the stream show at its closing
 */
int guard_report_json(const struct guard_outcome *outcome, FILE *stream, struct error *error);

/**
 * Write a JUnit file, the XML that CI systems read test results from.
 */
void guard_report_junit(const struct guard_outcome *outcome, FILE *stream);

#endif
