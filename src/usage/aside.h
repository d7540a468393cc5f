/*
 * Temporary names. A removal renames a file to one of them before unlinking it. The name records
 * the inode and the original name, so that a later run can finish the removal if this one is
 * killed.
 */
#ifndef SHMTOOL_USAGE_ASIDE_H
#define SHMTOOL_USAGE_ASIDE_H

#include "error.h"
#include "objects/posix_files.h"
#include "objects/tree.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/** Prefix of such a name; a random number, the inode and the original name follow. */
#define ASIDE_PREFIX ".shmtool-rm-"

struct aside {
	char file[POSIX_FILE_SIZE];     /* current name */
	char before[POSIX_FILE_SIZE];   /* original name; empty if it was too long to be recorded */
	ino_t inode;                    /* of the file that was proven unused */
	const struct object_tree *tree; /* if it is in a directory of a tree; else NULL */
	char *
	    name; /* with a tree: current path below it, with a slash before each name; else NULL */
};

/** All zero is the empty list. */
struct aside_list {
	struct aside *files;
	size_t count;
};

/**
 * Make a temporary name for a file.
 *
 * @param number  unique for each file of a run; the first one is random
 */
void aside_make(struct aside *aside, const char *file, ino_t inode, uint32_t number);

/**
 * Parse a temporary name. Any user can create a file with such a name, so the result is only a
 * claim; but its original name is one that a file in a directory can have.
 *
 * @return false if it is not a name that aside_make() makes
 */
bool aside_parse(const char *file, struct aside *aside);

/**
 * Find the files in POSIX_DIRECTORY that have temporary names, both leftovers of killed runs and
 * files of runs in progress.
 *
 * @param list   receives the files; free with aside_free(), also on failure
 * @param error  set on failure: the directory can't be read
 * @return 0 (also if the directory does not exist), or -1
 */
int aside_find(struct aside_list *list, struct error *error);

/**
 * Find such files in a tree, and add them to a list. Directories that can't be read are skipped.
 *
 * @param recursive  also below directories
 */
void aside_find_in(const struct object_tree *tree, bool recursive, struct aside_list *list);

void aside_free(struct aside_list *list);

#endif
