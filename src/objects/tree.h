/*
 * Directories whose files are listed as objects: directories in POSIX_DIRECTORY, in any other tmpfs,
 * and in a hugetlbfs.
 *
 * A file there is an object of KIND_PSHM, a directory one of KIND_DIR. Its name is its path below a
 * directory that is kept open, the root of its tree; it is always found through that descriptor, and
 * no part of the path may be a symbolic link or have something mounted on it. A tree never ends
 * before the program does.
 */
#ifndef SHMTOOL_OBJECTS_TREE_H
#define SHMTOOL_OBJECTS_TREE_H

#include "error.h"
#include "objects/object.h"
#include "system/beneath.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct object_tree {
	const char *path;   /* absolute; empty for the root directory of the place */
	struct beneath top; /* of the directory at that path */
	dev_t device;       /* of its files, stat(2) */
	ino_t inode;        /* of the directory */
	bool is_posix;      /* it is POSIX_DIRECTORY; its own files are listed as POSIX objects */
	bool is_huge;       /* a hugetlbfs */
};

/**
 * Open the tree at a directory of a tmpfs or hugetlbfs, or at one in POSIX_DIRECTORY, in the current
 * place.
 *
 * @param path  as for memory_path_find()
 * @return NULL with error set if it is no such directory, or can't be opened
 */
const struct object_tree *object_tree_open(const char *path, struct error *error);

/**
 * Open the tree at the mount point that a path is in.
 *
 * @param path  as for memory_path_find(); not the mount point itself
 * @param name  receives the path below the mount point, with the leading slash
 * @return NULL with error set; error->number is ENOTSUP if the path is not in a tmpfs or hugetlbfs
 */
const struct object_tree *object_tree_of_path(const char *path, char name[PATH_MAX],
                                              struct error *error);

/**
 * Explain why a file in a tree could not be found or opened, with errno.
 *
 * @return -1, with error set and its number errno
 */
int object_tree_failed(struct error *error);

/** Open the tree at POSIX_DIRECTORY of the current place; NULL with errno if it can't be opened. */
const struct object_tree *object_tree_of_posix(void);

/**
 * Open the directory that holds the file of an object: POSIX_DIRECTORY, or one in its tree.
 *
 * @param object  of KINDS_DEVSHM or KIND_DIR, not object_is_held()
 * @return an O_PATH descriptor, or -1 with errno of beneath_open_directory()
 */
int object_open_parent(const struct shm_object *object);

/** The last directory that was opened for an object: most objects share one with the next. */
struct object_parent {
	const struct object_tree *tree;
	char path[PATH_MAX]; /* below the tree */
	bool is_open;        /* the members below are valid */
	int failure;         /* errno, if the descriptor is negative */
	struct beneath beneath;
};

/**
 * As object_open_parent(), for one object after the other.
 *
 * @param parent  initially all zero; end with object_parent_end()
 * @return parent->beneath; or NULL with errno
 */
const struct beneath *object_parent_of(struct object_parent *parent,
                                       const struct shm_object *object);

void object_parent_end(struct object_parent *parent);

/**
 * Fill in an object from the status of its file or directory, but for its name.
 *
 * @param st  of a regular file or a directory
 */
void object_tree_fill(struct shm_object *object, const struct object_tree *tree,
                      const struct stat *st);

/**
 * Remove an empty directory, but no other one that has been given its name.
 *
 * @param directory  as listed
 * @return 0, or -1 with errno of unlinkat(2), EXDEV if something is mounted on it, ESTALE if the
 *         name now refers to a different file
 */
int object_tree_remove(const struct shm_object *directory);

/**
 * The absolute path of an object of a tree.
 *
 * @param target  PATH_MAX bytes
 */
void object_tree_path(const struct shm_object *object, char target[PATH_MAX]);

#endif
