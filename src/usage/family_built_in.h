/*
 * The shipped files of families as a part of the program, in static builds. scripts/embed-families
 * makes the definition.
 */
#ifndef SHMTOOL_USAGE_FAMILY_BUILT_IN_H
#define SHMTOOL_USAGE_FAMILY_BUILT_IN_H

struct family_file {
	const char *name; /* for messages */
	const char *text;
};

/** The files, in the order of their names; the last entry has the name NULL. */
extern const struct family_file family_built_in[];

#endif
