/*
 * The content of an object, as far as the rules of families look at it: a few bytes of a regular file
 * in a tmpfs. Looking leaves no access time behind and breaks no lease.
 */
#ifndef SHMTOOL_USAGE_FAMILY_CONTENT_H
#define SHMTOOL_USAGE_FAMILY_CONTENT_H

#include "objects/object.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * Open the file of an object, by name and inode.
 *
 * @return a descriptor, or -1 if its content cannot be looked at: no file, leased, in another place,
 *         not the caller's to read without a trace
 */
int family_content_open(const struct shm_object *object);

/**
 * Read bytes at an offset.
 *
 * @param fd      of family_content_open()
 * @param offset  in bytes; negative: from the end
 * @param size    of target, in bytes
 * @return false if there are not that many, or they cannot be read
 */
bool family_content_read(int fd, int64_t offset, void *target, size_t size);

#endif
