/*
 * NUMA nodes, numa(7).
 */
#ifndef SHMTOOL_SYSTEM_NUMA_H
#define SHMTOOL_SYSTEM_NUMA_H

#include <stddef.h>

/** More nodes than any machine has. */
enum { NUMA_NODES_MAX = 1024 };

struct numa_nodes {
	int numbers[NUMA_NODES_MAX]; /* ascending */
	size_t count;                /* at least 1 */
};

/**
 * Parse an ascending list of ranges, "0-1,3\n", up to what is none.
 *
 * @param nodes  receives the nodes; there may be none
 */
void numa_nodes_parse(const char *text, struct numa_nodes *nodes);

/**
 * Read the nodes that have memory. A kernel without NUMA has one, node 0.
 */
void numa_nodes_read(struct numa_nodes *nodes);

/**
 * Find the nodes of pages of this process, move_pages(2), without moving or touching them.
 *
 * @param count     number of pages
 * @param pages     an address in each
 * @param statuses  receives the node of each, or a negative errno value: -ENOENT if it is not in the
 *                  page tables
 * @return 0, or -1 with errno: ENOSYS without NUMA, EPERM if a seccomp filter blocks the call
 */
int numa_find_nodes(size_t count, void **pages, int *statuses);

#endif
