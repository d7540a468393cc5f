/*
 * The descriptors of any process: /proc/PID/fd, proc_pid_fd(5).
 */
#ifndef SHMTOOL_SYSTEM_PROCESS_FILES_H
#define SHMTOOL_SYSTEM_PROCESS_FILES_H

#include <dirent.h>
#include <stddef.h>

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

void process_files_close(struct process_files *files);

#endif
