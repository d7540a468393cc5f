/*
 * Objects that are files in a directory of the kernel's: /dev/shm, /dev/mqueue.
 *
 * Such a directory is writable for everybody. So a file is always opened without following links,
 * must be a regular file, and what is opened after a listing must be the file that was listed.
 */
#ifndef SHMTOOL_OBJECTS_POSIX_FILES_H
#define SHMTOOL_OBJECTS_POSIX_FILES_H

#include "error.h"
#include "objects/object.h"
#include "system/beneath.h"

#include <limits.h>
#include <stdbool.h>
#include <sys/stat.h>

/** The prefix of a named semaphore's file: sem_overview(7). */
#define SEMAPHORE_PREFIX "sem."

/** Room for the name of a file, with the NUL. */
enum { POSIX_FILE_SIZE = NAME_MAX + 1 };

/** Tell the kind of object that a file is, by its name. */
typedef enum object_kind object_file_kind_fn(const char *file);

/** The prefix of the files of a kind, where that is no part of the object's name. */
const char *object_file_prefix(enum object_kind kind);

/**
 * Open a directory for reading its entries; no access time is left behind where that can be had.
 *
 * @return a descriptor, or -1 with errno of open(2)
 */
int object_files_open_directory(const char *path);

/**
 * Add the objects of some kinds to a list, kind by kind, sorted by name. Files that vanish
 * meanwhile are left out, so is what is no regular file. One on which something is mounted is known by
 * its name alone, KNOWN_COVERED. No file is opened.
 *
 * @param path     of the directory; if there is none, there are no objects
 * @param kind_of  tells the kind of a file
 * @param kinds    of KIND_BIT()
 * @param list     to add to
 * @return 0, or -1 with error set if the directory or a file in it can't be looked at
 */
int object_files_list(const char *path, object_file_kind_fn *kind_of, unsigned int kinds,
                      struct object_list *list, struct error *error);

/** The same in the order in which the file system has them. */
int object_files_list_unsorted(const char *path, object_file_kind_fn *kind_of, unsigned int kinds,
                               struct object_list *list, struct error *error);

/**
 * Tell whether you may open an object's file, access(2) with your effective ids.
 *
 * @param path    of the directory
 * @param wanted  of R_OK, W_OK; F_OK: whether it is there
 */
bool object_file_access(const char *path, const struct shm_object *object, int wanted);

/** Take owner, mode, times and inode of an object from its file. */
void object_files_fill(struct shm_object *object, const struct stat *st);

/** Take size and memory of an object from its file; not of a queue, whose file tells neither. */
void object_files_fill_memory(struct shm_object *object, const struct stat *st);

/**
 * Add one file to a list.
 *
 * @param directory  closed here; -1 with errno if it could not be opened
 * @param file       its name there
 * @return 0, or -1 with errno: ENOENT, ENOTSUP if it is no regular file, EXDEV if something is mounted on
 *         it, ENOMEM
 */
int object_files_find(int directory, const char *file, enum object_kind kind,
                      struct object_list *list);

/**
 * Unlink one file.
 *
 * @param directory  closed here; -1 with errno if it could not be opened
 * @return 0, or -1 with errno of unlinkat(2), EXDEV if something is mounted on it
 */
int object_files_remove(int directory, const char *file);

/**
 * Open the very file that was listed; another one under the same name is not it.
 *
 * @param flags  of open(2)
 * @return a descriptor, or -1 with errno: ESTALE if another has its name by now
 */
int object_files_open(const struct beneath *beneath, const struct shm_object *object, int flags);

#endif
