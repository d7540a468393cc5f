/*
 * Files of rules, shmtool-families(5): one file is read and checked, its families are added to a
 * catalogue.
 */
#ifndef SHMTOOL_USAGE_FAMILY_RULES_H
#define SHMTOOL_USAGE_FAMILY_RULES_H

#include "error.h"
#include "usage/family.h"

#include <stdbool.h>
#include <stdio.h>

/** Room for the sentence of a problem, in bytes. */
enum { FAMILY_PROBLEM_SIZE = 512 };

/**
 * Take a problem of a file.
 *
 * @param file      its name
 * @param line      0: of the file as a whole
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
 * Read a file of rules. All that is wrong with it is reported, as far as the rest makes sense.
 *
 * @param stream    read to its end
 * @param file      its name, for messages and struct family; copied
 * @param is_local  whether its families are this machine's own
 * @param families  receives them, also the wrong ones
 * @param problems  receives what is wrong
 * @return 0, or -1 if there was a problem
 */
int family_rules_read(FILE *stream, const char *file, bool is_local, struct families *families,
                      const struct family_problems *problems);

#endif
