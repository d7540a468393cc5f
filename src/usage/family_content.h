/*
 * The content of an object, for the rules of families: a few bytes of a regular file in a tmpfs.
 * Reading it updates no access time and breaks no lease.
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
 * @return a descriptor, or -1 if its content can't be read: not a file, leased, in another place,
 *         or the caller may not read it without updating its access time
 */
int family_content_open(const struct shm_object *object);

/**
 * Read bytes at an offset.
 *
 * @param fd      from family_content_open()
 * @param offset  in bytes; negative: from the end
 * @param size    of target, in bytes
 * @return false if the file has fewer bytes, or on failure
 */
bool family_content_read(int fd, int64_t offset, void *target, size_t size);

#endif
