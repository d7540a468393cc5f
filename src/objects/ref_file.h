/*
 * The file that a REF names: a POSIX object, a file by path, a descriptor of a process. Its status
 * is checked before it is opened, so that no FIFO or device is ever opened, and again afterwards.
 */
#ifndef SHMTOOL_OBJECTS_REF_FILE_H
#define SHMTOOL_OBJECTS_REF_FILE_H

#include "error.h"
#include "objects/ref.h"

#include <sys/stat.h>

/** The name of a memfd of "shmtool create --anonymous"; %ld is the pid. */
#define REF_FILE_ANONYMOUS_NAME "shmtool-%ld"

enum ref_file_access { REF_FILE_READ, REF_FILE_WRITE };

/** Size of the path of ref_file_descriptor_path(), in bytes. */
enum { REF_FILE_PATH_SIZE = 64 };

/**
 * The path of the file that a REF of a descriptor names: that of our own descriptor, if it was
 * inherited from "shmtool create --anonymous"; otherwise, that in /proc of the process. For a
 * mapping, the path in /proc/PID/map_files, proc_pid_map_files(5), which does not exist if there is
 * no such mapping.
 *
 * @param path  receives the path
 */
void ref_file_descriptor_path(const struct ref *ref, char path[REF_FILE_PATH_SIZE]);

/**
 * Read the status of a file or of the target of a descriptor, without opening it.
 *
 * @param ref  REF_FILE or REF_FD
 * @param st   receives what stat(2) says
 * @return 0, or -1 with error set, its number ENOENT if there is no such thing, ENOTSUP if it is no
 *         regular file
 */
int ref_file_look(const struct ref *ref, struct stat *st, struct error *error);

/**
 * Open the file of a REF, which must be a regular file. In a tmpfs or hugetlbfs, symbolic links and
 * mounts on its name, or on a part of its path there, are rejected.
 *
 * @param ref  REF_POSIX, REF_FILE or REF_FD
 * @return a descriptor, or -1 with error set, its number ENOENT if there is no such file
 */
int ref_file_open(const struct ref *ref, enum ref_file_access access, struct error *error);

/**
 * Create the file of a REF, which must not exist. In a tmpfs or hugetlbfs, symbolic links and mounts
 * in its path are rejected.
 *
 * @param ref      REF_FILE
 * @param mode     to which the umask applies
 * @param beneath  receives its directory, whose descriptor the caller closes
 * @param file     receives its name there, for object_files_withdraw()
 * @return a descriptor for reading and writing, or -1 with error set, its number EEXIST if it exists
 */
int ref_file_create(const struct ref *ref, mode_t mode, struct beneath *beneath,
                    char file[POSIX_FILE_SIZE], struct error *error);

#endif
