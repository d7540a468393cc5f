/*
 * The names to which a removal moves files before it unlinks them: what was moved there, and from
 * where, can be told from the name by a later run if the one that moved it is killed.
 */
#ifndef SHMTOOL_USAGE_ASIDE_H
#define SHMTOOL_USAGE_ASIDE_H

#include "error.h"
#include "objects/posix_files.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/** The prefix of such a name. Behind it: a random number, the inode, the name it had before. */
#define ASIDE_PREFIX ".shmtool-rm-"

struct aside {
	char file[POSIX_FILE_SIZE];   /* its name now */
	char before[POSIX_FILE_SIZE]; /* the name it had; empty if that is too long to be kept */
	ino_t inode;                  /* of the file that was proven unused, and was to be moved */
};

/** All zero is the empty list. */
struct aside_list {
	struct aside *files;
	size_t count;
};

/**
 * Make a name for a file that is to be moved aside.
 *
 * @param number  another one for each file of a run, from a random one on
 */
void aside_make(struct aside *aside, const char *file, ino_t inode, uint32_t number);

/**
 * Read such a name. Anybody can make a file of that name, so it is a claim.
 *
 * @return false if it is not one
 */
bool aside_parse(const char *file, struct aside *aside);

/**
 * Find the files in POSIX_DIRECTORY that have such names: those that killed runs have left, and
 * those of runs that are under way.
 *
 * @param list   receives them, to be freed with aside_free() also after a failure
 * @param error  receives why the directory can't be read
 * @return 0, also if there is no directory, or -1
 */
int aside_find(struct aside_list *list, struct error *error);

void aside_free(struct aside_list *list);

#endif
