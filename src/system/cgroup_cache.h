/*
 * The control groups of processes, each read once.
 */
#ifndef SHMTOOL_SYSTEM_CGROUP_CACHE_H
#define SHMTOOL_SYSTEM_CGROUP_CACHE_H

#include "system/cgroup.h"

#include <stddef.h>
#include <sys/types.h>

struct cgroup_of_process {
	pid_t pid; /* 0: a free place */
	struct cgroup cgroup;
};

/** A hash table; all zero is empty. */
struct cgroup_cache {
	struct cgroup_of_process *places;
	size_t size;  /* number of places, a power of two, or 0 */
	size_t count; /* of processes */
};

/**
 * Find the control group of a process, and read it if this is the first request.
 *
 * @param pid  positive
 * @return the group; its members are NULL if it is unknown. The texts stay valid until
 *         cgroup_cache_free()
 */
struct cgroup cgroup_cache_find(struct cgroup_cache *cache, pid_t pid);

void cgroup_cache_free(struct cgroup_cache *cache);

#endif
