/*
 * The limits of the file systems that hold directories: --dir.
 */
#ifndef SHMTOOL_COMMANDS_LIMITS_DIRECTORIES_H
#define SHMTOOL_COMMANDS_LIMITS_DIRECTORIES_H

#include "commands/shared/limit_list.h"
#include "objects/tree.h"

#include <stdbool.h>
#include <stddef.h>

/**
 * Read the size and the number of inodes of the file systems of directories, and the memory that
 * their sparse files lack.
 *
 * @param trees      the directories
 * @param is_strict  as for limits_read()
 * @param limits     receives up to three limits of each, as many as it has room for
 * @param count      receives their number
 * @return 0, or -1 with error set if some could not be read; limits then holds the others
 */
int limits_read_directories(const struct object_tree *const *trees, size_t tree_count,
                            bool is_strict, struct limit limits[LIMITS_MAX], size_t *count,
                            struct error *error);

#endif
