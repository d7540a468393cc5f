/*
 * POSIX shared memory objects and named semaphores: the files in /dev/shm, shm_overview(7),
 * sem_overview(7).
 *
 * The directory is writable for everybody. So a file is always opened without following links,
 * must be a regular file, and what is opened a second time must be the same file.
 */
#ifndef SHMTOOL_OBJECTS_POSIX_H
#define SHMTOOL_OBJECTS_POSIX_H

#include "error.h"
#include "objects/change.h"
#include "objects/object.h"
#include "objects/posix_files.h"
#include "system/place.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/**
 * Make the file name of an object from the name that a user gave.
 *
 * @param kind  KIND_PSHM or KIND_PSEM
 * @param name  with or without a leading slash
 * @param file  receives the name of the file in POSIX_DIRECTORY
 * @return 0, or -1 with a usage error in error: empty, too long, a second slash; "." and ".."
 *         for KIND_PSHM
 */
int posix_file_name(enum object_kind kind, const char *name, char file[POSIX_FILE_SIZE],
                    struct error *error);

/**
 * Open the directory of the objects, for openat(2) and its like: O_PATH, for which it need not be
 * readable.
 *
 * @return a descriptor, or -1 with errno
 */
int posix_open_directory(void);

/** The kind of object that a file is, by its name. */
enum object_kind posix_file_kind(const char *file);

/**
 * Add the objects of some kinds to a list, kind by kind, sorted by name. Files that vanish
 * meanwhile are left out, so is what is no regular file. No object is opened.
 *
 * @param kinds  of KIND_BIT()
 * @param list   to add to
 * @return 0, or -1 with error set if the directory or a file in it can't be looked at
 */
int posix_list(unsigned int kinds, struct object_list *list, struct error *error);

/**
 * Add one object to a list.
 *
 * @param file  its name in POSIX_DIRECTORY
 * @return 0, or -1 with errno: ENOENT, ENOTSUP if it is no regular file, EXDEV if something is mounted on
 *         it, ENOMEM
 */
int posix_find(const char *file, struct object_list *list);

/**
 * Collect what costs an open: the pages in memory and in swap by cachestat(2), since Linux 6.5,
 * and a semaphore's value. What can't be had without a trace (the file is not readable, an access
 * time would change, somebody's lease would be broken) stays unknown.
 *
 * @param kind   of the objects to look at; others are passed over, so are those of object_is_held()
 * @param needs  of enum object_need
 * @return 0, or -1 with errno of errno_is_passing() if a shortage kept it from looking at some
 */
int posix_collect(struct object_list *list, enum object_kind kind, unsigned int needs);

/**
 * Reserve memory for bytes at the end of an object, and let it grow by them: fallocate(2), or
 * where the file system can't, what posix_fallocate(3) does instead.
 *
 * @param fd      of the object, for writing
 * @param from    where they begin, in bytes: the object's size
 * @param length  of them in bytes
 * @return 0, or -1 with errno
 */
int posix_reserve(int fd, uint64_t from, uint64_t length);

/**
 * Find the time at which an object was made: statx(2), STATX_BTIME, where the file system keeps it.
 * Nothing is opened.
 *
 * @param object  as listed, not object_is_held()
 * @return seconds since 1970; where that is unknown, the time of the last change, which is later
 */
time_t posix_birth(const struct shm_object *object);

/**
 * Remove an object's name; the memory goes with its last user.
 *
 * @return 0, or -1 with errno of unlinkat(2), EXDEV if something is mounted on it
 */
int posix_remove(const char *file);

/**
 * Change an object. A new size comes first, as what fails most; new bytes are reserved, so that
 * their use can't fail later.
 *
 * @param file    its name in POSIX_DIRECTORY
 * @param change  lock and unlock must not be set
 * @return 0, or -1 with error set, which says what had been changed before
 */
int posix_change(const char *file, const struct object_change *change, struct error *error);

#endif
