/*
 * The SELinux labels of objects that are files: the extended attribute security.selinux, xattr(7). No
 * system call reports the label of a System V object.
 */
#ifndef SHMTOOL_OBJECTS_LABEL_H
#define SHMTOOL_OBJECTS_LABEL_H

#include "objects/object.h"
#include "objects/tree.h"

#include <stdbool.h>

/** Size of a label, with the NUL. A longer one is unknown. */
enum { OBJECT_LABEL_SIZE = 256 };

/**
 * Read the label of an object without opening it.
 *
 * @param object  of KINDS_POSIX or KIND_DIR, in the current place
 * @param parent  as for object_parent_of()
 * @param label   receives the label
 * @return false if it has none, or if it can't be read
 */
bool object_label(const struct shm_object *object, struct object_parent *parent,
                  char label[OBJECT_LABEL_SIZE]);

/**
 * Read the label of a file by path.
 *
 * @return as object_label()
 */
bool file_label(const char *path, char label[OBJECT_LABEL_SIZE]);

#endif
