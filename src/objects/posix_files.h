/*
 * Objects that are files in a directory: /dev/shm, /dev/mqueue.
 *
 * Such a directory is writable for all users. So a file is always opened without following links,
 * must be a regular file, and, if it is opened after a listing, must be the file that was listed.
 */
#ifndef SHMTOOL_OBJECTS_POSIX_FILES_H
#define SHMTOOL_OBJECTS_POSIX_FILES_H

#include "error.h"
#include "objects/change.h"
#include "objects/object.h"
#include "system/beneath.h"

#include <limits.h>
#include <stdbool.h>
#include <sys/stat.h>

/** The prefix of a named semaphore's file: sem_overview(7). */
#define SEMAPHORE_PREFIX "sem."

/** Size of a file name, with the NUL. */
enum { POSIX_FILE_SIZE = NAME_MAX + 1 };

/**
 * Change a file, as posix_change().
 *
 * @param directory  a descriptor; if negative, errno says why
 * @return 0, or -1 with error set
 */
int object_file_change(int directory, const char *file, const struct object_change *change,
                       struct error *error);

/**
 * Change a file that need not have a name: a memfd, an unlinked object.
 *
 * @param found  O_PATH descriptor of a regular file
 * @return 0, or -1 with error set
 */
int object_descriptor_change(int found, const struct object_change *change, struct error *error);

/** Returns the kind of an object by its file name. */
typedef enum object_kind object_file_kind_fn(const char *file);

/** The prefix of the files of a kind that is not part of the object's name. */
const char *object_file_prefix(enum object_kind kind);

/** The name of the file of a POSIX object, semaphore or queue in its directory; or of a directory. */
void object_file_name(const struct shm_object *object, char file[POSIX_FILE_SIZE]);

/**
 * Add the objects of some kinds to a list, kind by kind, sorted by name. Files that are not regular
 * or are removed meanwhile are omitted. A file on which something is mounted is known only by name,
 * KNOWN_COVERED. No file is opened.
 *
 * @param path     of the directory; if it does not exist, there are no objects
 * @param kind_of  returns the kind of a file
 * @param kinds    bits of KIND_BIT()
 * @param list     the objects are appended to it
 * @return 0, or -1 with error set if the directory or a file in it can't be inspected
 */
int object_files_list(const char *path, object_file_kind_fn *kind_of, unsigned int kinds,
                      struct object_list *list, struct error *error);

/** Like object_files_list(), in the order of the file system. */
int object_files_list_unsorted(const char *path, object_file_kind_fn *kind_of, unsigned int kinds,
                               struct object_list *list, struct error *error);

/** Sort the objects of a list from an index on, by kind, then by name. */
void object_files_sort(struct object_list *list, size_t first);

/**
 * Check whether the caller may open an object's file, access(2) with effective ids.
 *
 * @param path    of the directory
 * @param wanted  R_OK, W_OK; F_OK: whether it exists
 */
bool object_file_access(const char *path, const struct shm_object *object, int wanted);

/** Set owner, mode, times and inode of an object from its file. */
void object_files_fill(struct shm_object *object, const struct stat *st);

/** Set size and memory of an object from its file; not for a queue, whose file has neither. */
void object_files_fill_memory(struct shm_object *object, const struct stat *st);

/**
 * Add one file to a list.
 *
 * @param directory  descriptor, which is closed; or -1 with errno of the failed open
 * @param file       its name in the directory
 * @return 0, or -1 with errno: ENOENT, ENOTSUP if it is not a regular file, EXDEV if something is
 *         mounted on it
 */
int object_files_find(int directory, const char *file, enum object_kind kind,
                      struct object_list *list);

/**
 * Unlink one file.
 *
 * @param directory  descriptor, which is closed; or -1 with errno of the failed open
 * @return 0, or -1 with errno of unlinkat(2), EXDEV if something is mounted on it
 */
int object_files_remove(int directory, const char *file);

/**
 * Take back a name that this process has given to a file: unlink it, but no other file that has been
 * given the name since.
 *
 * @param beneath  the directory
 * @param file     the name in it
 * @param fd       the file; while it is open, no other file can have its inode number
 * @return 0, or -1 with errno: ENOENT if the name is gone, ESTALE if it now refers to a different
 *         file, EXDEV if something is mounted on it, or of unlinkat(2)
 */
int object_files_withdraw(const struct beneath *beneath, const char *file, int fd);

/**
 * Open the file of a listed object.
 *
 * @param flags  for open(2)
 * @return a descriptor, or -1 with errno: ESTALE if the name now refers to a different file
 */
int object_files_open(const struct beneath *beneath, const struct shm_object *object, int flags);

#endif
