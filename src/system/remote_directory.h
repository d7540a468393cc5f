/*
 * A directory below the root directory of another process, which may be somebody's who wishes to make
 * us wait. So a child of ours goes there, and what it has opened is taken over when it answers in time.
 */
#ifndef SHMTOOL_SYSTEM_REMOTE_DIRECTORY_H
#define SHMTOOL_SYSTEM_REMOTE_DIRECTORY_H

#include <sys/stat.h>

struct remote_directory {
	int descriptor; /* O_PATH; -1: it could not be opened */
	int failure;    /* errno of that; ETIMEDOUT: there was no answer in time */
	struct stat st;
	long type; /* of the file system, f_type of statfs(2) */
};

/**
 * Open dev/NAME. Links lead nowhere outside the root directory.
 *
 * The time that is spent on directories that do not answer is limited to a few seconds for all calls
 * together; after that each has a twentieth of a second.
 *
 * The child that gets no answer is killed, and left to end when the kernel lets it.
 *
 * @param root  descriptor of the root directory
 * @param name  "shm"
 */
struct remote_directory remote_directory_open(int root, const char *name);

#endif
