/*
 * The catalogue of families: the shipped files and the machine's own, FILES of shmtool-families(5).
 *
 * A file that another user can write is an error, as is one that is wrong: what it protects would not
 * be known.
 */
#ifndef SHMTOOL_USAGE_FAMILY_CATALOGUE_H
#define SHMTOOL_USAGE_FAMILY_CATALOGUE_H

#include "error.h"
#include "usage/family.h"
#include "usage/family_rules.h"

/** The directory of the machine's own rules. */
#define FAMILIES_LOCAL_DIRECTORY "/etc/shmtool/families"

/** An environment variable with directories in place of both, for tests: SHIPPED or SHIPPED:LOCAL. */
#define FAMILIES_VARIABLE "SHMTOOL_FAMILIES"

/**
 * Read the catalogue.
 *
 * @param families  receives it, to be freed with families_free()
 * @param error     receives what is wrong, with file and line; the first problem and the number of others
 * @return 0, or -1: there is no catalogue, or something is wrong with it
 */
int families_load(struct families **families, struct error *error);

/**
 * Read the catalogue and report every problem.
 *
 * @param families  receives what could be read, to be freed with families_free(); NULL if nothing
 * @return 0, or -1 if there was a problem
 */
int families_read_all(struct families **families, const struct family_problems *problems);

/**
 * Read one file of rules, wherever it is and whoever owns it.
 *
 * @return 0, or -1 if there was a problem
 */
int families_read_file(const char *path, struct families *families,
                       const struct family_problems *problems);

#endif
