/*
 * The file systems that the kernel has for itself, and that no mount shows: there lie segments,
 * memfds and shared memory without a name, tmpfs(5) and memfd_create(2).
 */
#ifndef SHMTOOL_USAGE_MEMORY_DEVICES_H
#define SHMTOOL_USAGE_MEMORY_DEVICES_H

#include "system/hugepages.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/** One for small pages, and one for each size of huge pages. */
enum { MEMORY_DEVICES_MAX = HUGEPAGE_POOLS_MAX + 1 };

struct memory_devices {
	dev_t devices[MEMORY_DEVICES_MAX];
	size_t count;
	bool unknown; /* no memfd can be had: a filter of seccomp(2), too many open files */
};

/** Find them. A memfd that tells is made for a moment; an empty one takes no memory. */
void memory_devices_find(struct memory_devices *devices);

/** Tell whether a device can be one of them. */
bool memory_devices_have(const struct memory_devices *devices, dev_t device);

#endif
