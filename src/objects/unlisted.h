/*
 * Contents of POSIX_DIRECTORY other than shared memory objects: named semaphores, directories and
 * their contents, links, sockets. They use memory and inodes, and no listing of memory shows them.
 */
#ifndef SHMTOOL_OBJECTS_UNLISTED_H
#define SHMTOOL_OBJECTS_UNLISTED_H

#include "error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

struct object_sum;

struct unlisted {
	uint64_t memory_bytes; /* of shared memory objects, in memory and in swap */
	uint64_t memory_files; /* inodes of shared memory objects */
	uint64_t semaphores;
	uint64_t semaphore_bytes; /* in memory and in swap */
	uint64_t directories;     /* in POSIX_DIRECTORY itself */
	uint64_t directory_bytes; /* of all files below them, in memory and in swap */
	uint64_t directory_files; /* inodes below them, including directories */
	uint64_t others;          /* symbolic links, sockets, FIFOs, devices */
	bool is_partial;          /* some files below directories could not be inspected */
};

/**
 * Count the contents. A file with several hard links counts once, and as an object if one of them
 * is an object's name. Directories are walked without following links or entering mounts, so that
 * no other file system is accessed; nothing but directories is opened. A very large or deep tree is
 * counted only partly.
 *
 * @return 0, or -1 with error set if the directory can't be listed
 */
int unlisted_read(struct unlisted *unlisted, struct error *error);

/** A file in POSIX_DIRECTORY that is not an object, or a file in a directory there. */
struct unlisted_entry {
	const char *path; /* relative to POSIX_DIRECTORY, with a slash before each name */
	struct stat st;
	uint64_t bytes; /* total size of the regular files in it; of a regular file, its size */
};

struct unlisted_search {
	/* Returns whether an entry is known; if it is, only its contents are searched. */
	bool (*is_known)(void *closure, ino_t inode);
	/* Called for an entry that is not known; the contents of a directory are part of it. */
	void (*found)(void *closure, const struct unlisted_entry *entry);
	void *closure;
	struct object_sum *sum; /* all regular files found are added to it; NULL for none */
};

/**
 * Search for entries, in the same way as unlisted_read().
 *
 * @return 0, or -1 with error set if not all of it can be listed
 */
int unlisted_search(const struct unlisted_search *search, struct error *error);

enum { UNLISTED_TEXT_SIZE = 256 };

/** The measure of directories in the text. */
enum unlisted_measure { UNLISTED_BYTES, UNLISTED_FILES };

/**
 * Format a summary: "12 named semaphores (--kind psem), 3 directories with 25165824 bytes".
 *
 * @param with_semaphores  include named semaphores
 * @param text             receives the summary, empty if there is nothing
 */
void unlisted_text(const struct unlisted *unlisted, bool with_semaphores,
                   enum unlisted_measure measure, char text[UNLISTED_TEXT_SIZE]);

#endif
