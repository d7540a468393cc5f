/*
 * What is in POSIX_DIRECTORY besides shared memory objects: named semaphores, directories and what
 * is in them, links, sockets. It takes memory and inodes, and shows in no listing of memory.
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
	uint64_t memory_bytes; /* of shared memory objects: in memory and in swap */
	uint64_t memory_files; /* of them, inodes */
	uint64_t semaphores;
	uint64_t semaphore_bytes; /* in memory and in swap */
	uint64_t directories;     /* in POSIX_DIRECTORY itself */
	uint64_t directory_bytes; /* of all files below them, in memory and in swap */
	uint64_t directory_files; /* below them, inodes, directories too */
	uint64_t others;          /* symbolic links, sockets, FIFOs, devices */
	bool is_partial;          /* some of what is below directories could not be looked at */
};

/**
 * Count what there is. A file with several names counts once, and as an object if one of them is an
 * object's. Directories are walked without following a link or entering a mount, so that no file
 * system of somebody else's is asked; nothing but directories is opened. A tree that is very large
 * or deep is counted in part.
 *
 * @return 0, or -1 with error set if the directory can't be listed
 */
int unlisted_read(struct unlisted *unlisted, struct error *error);

/** Something in POSIX_DIRECTORY that is not an object, or something in a directory there. */
struct unlisted_entry {
	const char *path; /* below POSIX_DIRECTORY, with a slash before each name */
	struct stat st;
	uint64_t bytes; /* sizes of the regular files in it; of a regular file, its own */
};

struct unlisted_search {
	/* Tells whether an entry was there before: then only what is in it is looked at. */
	bool (*is_known)(void *closure, ino_t inode);
	/* Called for an entry that is not known; of a directory, all that is in it is part of it. */
	void (*found)(void *closure, const struct unlisted_entry *entry);
	void *closure;
	struct object_sum *sum; /* all regular files found are added; NULL for none */
};

/**
 * Search for entries, in the way of unlisted_read().
 *
 * @return 0, or -1 with error set if the directory can't be listed
 */
int unlisted_search(const struct unlisted_search *search, struct error *error);

enum { UNLISTED_TEXT_SIZE = 256 };

/** The text about directories. */
enum unlisted_measure { UNLISTED_BYTES, UNLISTED_FILES };

/**
 * Write a list of it: "12 named semaphores (--kind psem), 3 directories with 25165824 bytes".
 *
 * @param with_semaphores  whether they are part of it
 * @param text             receives it, empty if there is nothing
 */
void unlisted_text(const struct unlisted *unlisted, bool with_semaphores,
                   enum unlisted_measure measure, char text[UNLISTED_TEXT_SIZE]);

#endif
