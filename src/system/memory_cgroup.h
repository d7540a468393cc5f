/*
 * The shared memory that is charged to the control group of a container: memory.stat of cgroups(7).
 */
#ifndef SHMTOOL_SYSTEM_MEMORY_CGROUP_H
#define SHMTOOL_SYSTEM_MEMORY_CGROUP_H

#include "system/mount.h"

#include <stdint.h>

/** A control group of the memory controller. */
struct memory_cgroup {
	char *path;     /* from the root of the hierarchy, as /proc/PID/cgroup names it */
	uint64_t shmem; /* bytes of shared memory charged to it and all groups below it */
};

/**
 * Find the path of a process's group of the memory controller in the text of /proc/PID/cgroup: that
 * of version 1 if there is one, else that of version 2.
 *
 * @param text     modified
 * @param version  receives 1 or 2
 * @return the path, within text; NULL if there is none
 */
const char *memory_cgroup_path(char *text, int *version);

/**
 * Cut a path to the part that it has in common with another one, in whole components.
 *
 * @param path  modified: "/a/b" and "/a/c" become "/a"; nothing in common is "/"
 */
void memory_cgroup_join(char *path, const char *other);

/**
 * Find the file memory.stat of a group.
 *
 * @param table    the mounts of this process
 * @param path     of the group
 * @param version  of the hierarchy, 1 or 2
 * @return its path, to be freed; NULL if the hierarchy is not mounted
 */
char *memory_cgroup_file(const struct mount_table *table, const char *path, int version);

/**
 * Find the smallest group that holds all processes that /proc lists, and read its shared memory.
 *
 * @param group  receives it; free with memory_cgroup_free(), also on failure
 * @return 0, or -1 with errno: ENOENT if there is no such group
 */
int memory_cgroup_of_all(struct memory_cgroup *group);

void memory_cgroup_free(struct memory_cgroup *group);

#endif
