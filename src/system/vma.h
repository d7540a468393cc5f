/*
 * Statistics of a mapping of this process: /proc/self/smaps, proc_pid_smaps(5).
 */
#ifndef SHMTOOL_SYSTEM_VMA_H
#define SHMTOOL_SYSTEM_VMA_H

#include <stdint.h>
#include <stdio.h>

struct vma {
	uint64_t page_bytes; /* KernelPageSize: bytes mapped by one page fault */
	uint64_t swapped;    /* Swap: bytes of the object in swap, within the mapping */
	uint64_t huge;       /* ShmemPmdMapped, FilePmdMapped: bytes mapped by huge pages */
};

/**
 * Find the statistics of the mapping that begins at an address in the text of smaps.
 *
 * @param stream  read as far as it is needed
 * @return 0, or -1 with errno: ENOENT if there is none
 */
int vma_find(FILE *stream, uint64_t address, struct vma *vma);

/**
 * Read the statistics of the mapping that begins at an address.
 *
 * @return 0, or -1 with errno: ENOENT if there is none, others if the file can't be read
 */
int vma_look(const void *address, struct vma *vma);

/**
 * Count the swapped bytes of a part of a shared mapping, through a second mapping of just that
 * part: mremap(2) with an old size of 0.
 *
 * @param address  page-aligned
 * @param length   in bytes
 * @param swapped  receives the bytes
 * @return 0, or -1 with errno
 */
int vma_swapped_within(void *address, uint64_t length, uint64_t *swapped);

#endif
