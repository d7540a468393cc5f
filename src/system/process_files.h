/*
 * The descriptors of any process: /proc/PID/fd, proc_pid_fd(5).
 */
#ifndef SHMTOOL_SYSTEM_PROCESS_FILES_H
#define SHMTOOL_SYSTEM_PROCESS_FILES_H

#include <dirent.h>
#include <stddef.h>
#include <sys/stat.h>

/** Bytes of directory entries that are read at a time. */
enum { PROCESS_FILES_SIZE = 8192 };

/** An iterator over the descriptors of a process. */
struct process_files {
	int directory; /* /proc/PID/fd: each name in it is a link to an open file */
	_Alignas(struct dirent) char entries[PROCESS_FILES_SIZE];
	long length; /* bytes of valid entries */
	long at;     /* offset of the next entry */
};

/**
 * Begin to iterate.
 *
 * @param proc       descriptor of /proc
 * @param directory  of the process or thread in it: "4242", "4242/task/4243"
 * @param files      receives the iterator; release with process_files_close()
 * @return 0, or -1 with errno: ESRCH if there is no such process, EACCES or EPERM if it can't be
 *         inspected
 */
int process_files_open(int proc, const char *directory, struct process_files *files);

/**
 * Go to the next descriptor.
 *
 * @param name  receives its number as text, which is the name in the directory; valid until the
 *              next call
 * @return 1, 0 at the end, or -1 with errno as process_files_open()
 */
int process_files_next(struct process_files *files, const char **name);

/**
 * Read the status of the file that a descriptor refers to, statx(2), from what the kernel has
 * cached: the server of a network file system or of FUSE is not contacted, so it can neither fail
 * nor block.
 *
 * @param directory  of the link: files->directory, or that of another link of /proc
 * @param name       of the link
 * @param wanted     bits of STATX_...
 * @param found      receives the status; stx_mask is 0 if the file system reveals only its device,
 *                   as FUSE does to all users except the one who mounted it
 * @return 1; 0 if the descriptor has been closed or its file system fails; or -1 with errno if
 *         access is denied (EACCES, EPERM) or for another reason
 */
int process_files_look(int directory, const char *name, unsigned int wanted, struct statx *found);

void process_files_close(struct process_files *files);

#endif
