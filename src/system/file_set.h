/*
 * A set of files, to count each once although it is found by several names.
 */
#ifndef SHMTOOL_SYSTEM_FILE_SET_H
#define SHMTOOL_SYSTEM_FILE_SET_H

#include <stdbool.h>
#include <sys/types.h>

/** All zero is the empty set. */
struct file_set {
	void *files; /* tsearch(3) */
};

/**
 * Add a file.
 *
 * @param device  of its file system, stat(2)
 * @param inode   of the file
 * @return false if it is in the set already
 */
bool file_set_add(struct file_set *set, dev_t device, ino_t inode);

/** Make the set empty, and release memory. */
void file_set_free(struct file_set *set);

#endif
