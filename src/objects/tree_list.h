/*
 * The files and directories of a tree, objects/tree.h, as objects.
 */
#ifndef SHMTOOL_OBJECTS_TREE_LIST_H
#define SHMTOOL_OBJECTS_TREE_LIST_H

#include "error.h"
#include "objects/object.h"
#include "objects/tree.h"

#include <stdbool.h>

/** The objects to list. */
struct object_tree_request {
	unsigned int kinds; /* bits of KIND_PSHM and KIND_DIR; others are ignored */
	bool recursive;     /* at any depth; else, only those in the directory itself */
};

/**
 * Add the files and directories of a tree to a list, in no particular order. No file is opened. The
 * files in POSIX_DIRECTORY itself are not added: they are POSIX objects.
 *
 * @return 0, or -1 with error set if some could not be inspected: the list holds the others
 */
int object_tree_list(const struct object_tree *tree, const struct object_tree_request *request,
                     struct object_list *list, struct error *error);

/**
 * Add the file or directory at a path to a list. A file in POSIX_DIRECTORY itself is added as a POSIX
 * object.
 *
 * @param path  as for memory_path_find()
 * @return 0, or -1 with error set; error->number is ENOENT if there is no such file
 */
int object_tree_find(const char *path, struct object_list *list, struct error *error);

/** Collect the sums of a directory. If not all of it can be read, they are unknown. */
void object_tree_measure(struct shm_object *directory);

#endif
