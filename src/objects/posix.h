/*
 * POSIX shared memory objects and named semaphores: the files in /dev/shm, shm_overview(7),
 * sem_overview(7).
 *
 * The directory is writable for all users. So a file is always opened without following links, must
 * be a regular file, and must be the same file if it is opened a second time.
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
 * Make the file name of an object from the name that the user gave.
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
 * Open the directory of the objects, for openat(2) and the like: with O_PATH, which does not
 * require it to be readable.
 *
 * @return a descriptor, or -1 with errno
 */
int posix_open_directory(void);

/** The kind of an object by its file name. */
enum object_kind posix_file_kind(const char *file);

/**
 * The name of a file that was removed from POSIX_DIRECTORY: of an object the POSIX name, of a file in
 * a directory there its path.
 *
 * @param path  its former path, as in /proc/PID/fd, without " (deleted)"
 * @return a part of it
 */
const char *posix_former_name(const char *path);

/**
 * Add the objects of some kinds to a list, kind by kind, sorted by name. Files that are not regular
 * or are removed meanwhile are omitted. No object is opened.
 *
 * @param kinds  bits of KIND_BIT()
 * @param list   the objects are appended to it
 * @return 0, or -1 with error set if the directory or a file in it can't be inspected
 */
int posix_list(unsigned int kinds, struct object_list *list, struct error *error);

/**
 * Add one object to a list.
 *
 * @param file  its name in POSIX_DIRECTORY
 * @return 0, or -1 with errno: ENOENT, ENOTSUP if it is not a regular file, EXDEV if something is
 *         mounted on it
 */
int posix_find(const char *file, struct object_list *list);

/**
 * Collect the values that need an open: the pages in memory and in swap by cachestat(2), since
 * Linux 6.5, and the value of a semaphore. A value stays unknown if the file is not readable or if
 * reading it would have side effects: update an access time, break another process's lease.
 *
 * @param kind   process objects of this kind; others and those of object_is_held() are skipped
 * @param needs  bits of enum object_need
 * @return 0, or -1 with errno of errno_is_passing() if a shortage made values unknown
 */
int posix_collect(struct object_list *list, enum object_kind kind, unsigned int needs);

/**
 * Grow an object and reserve the memory for it: fallocate(2), or a byte written to
 * each page if the file system or the kernel does not support it.
 *
 * @param fd      the object, open for writing
 * @param from    its present size in bytes
 * @param length  bytes to add
 * @return 0, or -1 with errno
 */
int posix_reserve(int fd, uint64_t from, uint64_t length);

/**
 * Find the creation time of an object: statx(2), STATX_BTIME, if the file system records it.
 * Nothing is opened.
 *
 * @param object  as listed, not object_is_held()
 * @return seconds since 1970; if it is unknown, the time of the last change, which is later
 */
time_t posix_birth(const struct shm_object *object);

/**
 * Unlink an object; its memory is freed with its last user.
 *
 * @param object  as listed: of KINDS_DEVSHM
 * @return 0, or -1 with errno of unlinkat(2), EXDEV if something is mounted on it
 */
int posix_remove(const struct shm_object *object);

/**
 * Change an object. The size is changed first, since that is most likely to fail; new bytes are
 * reserved, so that using them can't fail later.
 *
 * @param object  as listed: of KINDS_DEVSHM
 * @param change  lock and unlock must not be set
 * @return 0, or -1 with error set, which also reports the changes made before the failure
 */
int posix_change(const struct shm_object *object, const struct object_change *change,
                 struct error *error);

#endif
