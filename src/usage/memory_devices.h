/*
 * The kernel's internal mounts of tmpfs and hugetlbfs, which appear in no mount table. They hold
 * segments, memfds and anonymous shared memory: tmpfs(5), memfd_create(2).
 */
#ifndef SHMTOOL_USAGE_MEMORY_DEVICES_H
#define SHMTOOL_USAGE_MEMORY_DEVICES_H

#include "system/hugepages.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/** One for base pages, and one for each huge page size. */
enum { MEMORY_DEVICES_MAX = HUGEPAGE_POOLS_MAX + 1 };

struct memory_devices {
	dev_t devices[MEMORY_DEVICES_MAX];
	uint64_t page_bytes[MEMORY_DEVICES_MAX]; /* size of its huge pages; 0: base pages */
	size_t count;
	bool unknown; /* no memfd can be created: a seccomp(2) filter, too many open files */
};

/** Find them by creating memfds, which stay empty and are closed at once. */
void memory_devices_find(struct memory_devices *devices);

/** Check whether a device is, or may be, one of them. */
bool memory_devices_have(const struct memory_devices *devices, dev_t device);

#endif
