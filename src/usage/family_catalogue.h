/*
 * The catalogue of families: the shipped files and the local ones, see FILES in
 * shmtool-families(5).
 *
 * A file that another user can write is an error, as is one that is invalid: it would not be known
 * what it protects.
 */
#ifndef SHMTOOL_USAGE_FAMILY_CATALOGUE_H
#define SHMTOOL_USAGE_FAMILY_CATALOGUE_H

#include "error.h"
#include "usage/family.h"
#include "usage/family_rules.h"

/** The directory of local rules. */
#define FAMILIES_LOCAL_DIRECTORY "/etc/shmtool/families"

/** An environment variable that replaces both directories, for tests: SHIPPED or SHIPPED:LOCAL. */
#define FAMILIES_VARIABLE "SHMTOOL_FAMILIES"

/**
 * Read the catalogue.
 *
 * @param families  receives the catalogue; free with families_free()
 * @param error     receives the first problem, with file and line, and the number of others
 * @return 0, or -1 if there is no catalogue or it is invalid
 */
int families_load(struct families **families, struct error *error);

/**
 * Read the rules for some kinds. The rules of shipped families for other kinds are not checked.
 *
 * @param kinds     bits of KIND_BIT(), also for enum family_kind
 * @param families  receives the catalogue, in which other objects may have no family; free with
 *                  families_free()
 * @param error     as families_load() sets it
 * @return 0, or -1
 */
int families_load_kinds(unsigned int kinds, struct families **families, struct error *error);

/**
 * Get the catalogue that was loaded first, for those that do not own one: it stays until the program
 * ends. Not for threads.
 *
 * @return NULL with error set as by families_load()
 */
const struct families *families_shared(struct error *error);

/**
 * Read the catalogue and report every problem.
 *
 * @param families  receives what could be read; free with families_free()
 * @return 0, or -1 if there was a problem
 */
int families_read_all(struct families **families, const struct family_problems *problems);

/**
 * Read files of rules, at any path and of any owner, as a catalogue of their own.
 *
 * @param count     number of files
 * @param paths     of the files
 * @param families  receives what could be read; free with families_free()
 * @return 0, or -1 if there was a problem
 */
int families_read_files(int count, char **paths, struct families **families,
                        const struct family_problems *problems);

#endif
