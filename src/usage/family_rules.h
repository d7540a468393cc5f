/*
 * Files of rules, shmtool-families(5): reads and checks one file, and adds its families to a
 * catalogue.
 */
#ifndef SHMTOOL_USAGE_FAMILY_RULES_H
#define SHMTOOL_USAGE_FAMILY_RULES_H

#include "error.h"
#include "usage/family.h"

#include <stdbool.h>
#include <stdio.h>

/** Size of the description of a problem, in bytes. */
enum { FAMILY_PROBLEM_SIZE = 512 };

/**
 * Receives a problem of a file.
 *
 * @param file      name of the file
 * @param line      0: the file as a whole
 * @param sentence  without a full stop
 */
typedef void family_problem_fn(void *closure, const char *file, unsigned int line,
                               const char *sentence);

struct family_problems {
	family_problem_fn *take;
	void *closure;
};

/** The longest line of a file, in bytes without the newline. */
enum { FAMILY_LINE_MAX = 190 };

/**
 * Read a file of rules and report all problems that can be found.
 *
 * @param stream    read to its end
 * @param file      its name, for messages and struct family; copied
 * @param is_local  whether its families are local ones
 * @param families  receives the families, including invalid ones
 * @param problems  receives the problems
 * @return 0, or -1 if there was a problem
 */
int family_rules_read(FILE *stream, const char *file, bool is_local, struct families *families,
                      const struct family_problems *problems);

#endif
