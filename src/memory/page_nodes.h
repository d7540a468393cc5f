/*
 * The NUMA nodes of an object's pages.
 */
#ifndef SHMTOOL_MEMORY_PAGE_NODES_H
#define SHMTOOL_MEMORY_PAGE_NODES_H

#include "memory/memory.h"
#include "system/numa.h"

#include <stdint.h>

/**
 * Count the pages in memory on each node. The kernel knows the nodes of a process's own mappings, so
 * the object is mapped in windows, and the pages that mincore(2) reports are entered into the page
 * tables, MADV_POPULATE_READ, since Linux 5.14. A page that leaves memory between the two calls is
 * read again.
 *
 * @param memory  open for reading; pages in memory must not be hidden, page_states_are_visible()
 * @param nodes   of the machine
 * @param offset  of the first page, in bytes, a multiple of the object's page size
 * @param length  in bytes; pages after the object's end are not counted
 * @param counts  receives the number of base pages on each node
 * @return 0, or -1 with error set: the object can't be mapped, the nodes can't be found
 */
int page_nodes_count(struct memory *memory, const struct numa_nodes *nodes, uint64_t offset,
                     uint64_t length, uint64_t *counts, struct error *error);

#endif
