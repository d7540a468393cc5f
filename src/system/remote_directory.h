/*
 * A directory below the root directory of another process, which may be malicious and make the open
 * block. So a child process opens it, and passes the descriptor if it succeeds in time.
 */
#ifndef SHMTOOL_SYSTEM_REMOTE_DIRECTORY_H
#define SHMTOOL_SYSTEM_REMOTE_DIRECTORY_H

#include <sys/stat.h>

struct remote_directory {
	int descriptor; /* O_PATH; -1: it could not be opened */
	int failure;    /* errno of the open; ETIMEDOUT: no answer in time */
	struct stat st;
	long type; /* of the file system, f_type of statfs(2) */
};

/**
 * Open a directory. Symbolic links can't lead outside the root directory; on kernels before Linux
 * 5.6, none is followed.
 *
 * The time spent on directories that do not answer is limited to a few seconds for all calls
 * together; after that, each call gets a twentieth of a second.
 *
 * A child that times out is killed, and is not waited for: it exits when the kernel lets it.
 *
 * @param root  descriptor of the root directory
 * @param path  relative to the root directory, without a slash before it: "dev/shm"
 */
struct remote_directory remote_directory_open(int root, const char *path);

#endif
