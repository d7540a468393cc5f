/*
 * The descriptors of any process: /proc/PID/fd, proc_pid_fd(5).
 */
#ifndef SHMTOOL_SYSTEM_PROCESS_FILES_H
#define SHMTOOL_SYSTEM_PROCESS_FILES_H

#include <dirent.h>
#include <stddef.h>
#include <sys/stat.h>

/** Of a directory, bytes at once. */
enum { PROCESS_FILES_SIZE = 8192 };

/** The descriptors of a process, being listed. */
struct process_files {
	int directory; /* /proc/PID/fd: the names in it are links to what is open */
	_Alignas(struct dirent) char entries[PROCESS_FILES_SIZE];
	long length; /* bytes of entries that are filled */
	long at;     /* the next one */
};

/**
 * Begin.
 *
 * @param proc       descriptor of /proc
 * @param directory  of the process or thread in it: "4242", "4242/task/4243"
 * @param files      receives the state, to be ended with process_files_close()
 * @return 0, or -1 with errno: ESRCH if there is no such process, EACCES or EPERM if it may not be
 *         looked into
 */
int process_files_open(int proc, const char *directory, struct process_files *files);

/**
 * Go to the next descriptor.
 *
 * @param name  receives its number as text, the name in the directory; kept until the next call
 * @return 1, 0 at the end, or -1 with errno as process_files_open()
 */
int process_files_next(struct process_files *files, const char **name);

/**
 * Look at what a descriptor refers to, statx(2), by what the kernel knows of it already: the server
 * of a network file system or of FUSE is not asked, so it can neither fail nor keep us waiting.
 *
 * @param directory  of the link: files->directory, or that of another link of /proc
 * @param name       of the link there
 * @param wanted     of STATX_
 * @param found      receives it; stx_mask is 0 if the file system refuses all but its device, as
 *                   FUSE does to everybody but its user
 * @return 1; 0 if the descriptor is closed or its file system fails; or -1 with errno if it can't be
 *         told, EACCES or EPERM
 */
int process_files_look(int directory, const char *name, unsigned int wanted, struct statx *found);

void process_files_close(struct process_files *files);

#endif
