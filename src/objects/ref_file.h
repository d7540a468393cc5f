/*
 * The file behind a REF: a POSIX object, a file by its path, a descriptor of a process. It is looked
 * at before it is opened, so that no FIFO or device is ever opened, and again afterwards.
 */
#ifndef SHMTOOL_OBJECTS_REF_FILE_H
#define SHMTOOL_OBJECTS_REF_FILE_H

#include "error.h"
#include "objects/ref.h"

#include <sys/stat.h>

/** The name of a memfd that "shmtool create --anonymous" makes; %ld is the process. */
#define REF_FILE_ANONYMOUS_NAME "shmtool-%ld"

enum ref_file_access { REF_FILE_READ, REF_FILE_WRITE };

/** Room for ref_file_descriptor_path(), in bytes. */
enum { REF_FILE_PATH_SIZE = 64 };

/**
 * The path of the file that a REF of a descriptor names: of what was inherited, if the process has
 * made it by "shmtool create --anonymous", else in /proc of the process; of a mapping, the path in
 * /proc/PID/map_files, proc_pid_map_files(5), which is not there if there is no such mapping.
 *
 * @param path  receives it
 */
void ref_file_descriptor_path(const struct ref *ref, char path[REF_FILE_PATH_SIZE]);

/**
 * Look at a file or at what a descriptor refers to, and open nothing.
 *
 * @param ref  REF_FILE or REF_FD
 * @param st   receives what stat(2) says
 * @return 0, or -1 with error set, its number ENOENT if there is no such thing, ENOTSUP if it is no
 *         regular file
 */
int ref_file_look(const struct ref *ref, struct stat *st, struct error *error);

/**
 * Open the file of a REF, which must be a regular file. No symbolic link is followed to a POSIX
 * object, and nothing that is mounted over its name is taken for it.
 *
 * @param ref  REF_POSIX, REF_FILE or REF_FD
 * @return a descriptor, or -1 with error set, its number ENOENT if there is no such file
 */
int ref_file_open(const struct ref *ref, enum ref_file_access access, struct error *error);

#endif
