/*
 * The identity of a file for as long as it exists: its handle, name_to_handle_at(2), which no other
 * file of the file system will ever have; or, where handles are not available, its name.
 */
#ifndef SHMTOOL_EVENTS_FILE_KEY_H
#define SHMTOOL_EVENTS_FILE_KEY_H

#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Room for a name. The handles of tmpfs, hugetlbfs and mqueue have 8 to 12 bytes. */
enum { FILE_KEY_SIZE = NAME_MAX };

/** A key; only the first bytes are in use. */
struct file_key {
	int type;            /* of the handle; FILE_KEY_NAME */
	unsigned int length; /* in bytes; 0: none */
	unsigned char bytes[FILE_KEY_SIZE];
};

/** The type of a key that is a name: handles have positive ones. */
enum { FILE_KEY_NAME = -1 };

/** Make a key of a handle; one that is too long yields none. */
void file_key_of_handle(struct file_key *key, const struct file_handle *handle);

/** Make a key of a name of at most NAME_MAX bytes. */
void file_key_of_name(struct file_key *key, const char *name);

/**
 * Make a key of the handle of a file, which is not opened.
 *
 * @param directory  descriptor, O_PATH suffices
 * @param name       in the directory; of a symbolic link, the link itself; empty: the descriptor's file
 * @return 0, or -1 with errno of name_to_handle_at(2): ENOENT; EOPNOTSUPP if the file system has no
 *         handles
 */
int file_key_find(struct file_key *key, int directory, const char *name);

/**
 * Find the file of a key, even if it has no name any more, without opening it. The caller needs
 * CAP_DAC_READ_SEARCH in the initial user namespace.
 *
 * @param directory  descriptor, not O_PATH, on the file system
 * @return an O_PATH descriptor; or -1 with errno: ESTALE if the file does not exist any more, EPERM,
 *         EOPNOTSUPP
 */
int file_key_look(const struct file_key *key, int directory);

bool file_key_equals(const struct file_key *left, const struct file_key *right);

uint64_t file_key_hash(const struct file_key *key);

/** The bytes of a struct file_key that are in use. */
size_t file_key_size(const struct file_key *key);

/** Copy a key; free with free(3). Only the bytes in use are allocated. */
struct file_key *file_key_copy(const struct file_key *key);

#endif
