/*
 * Memory that may raise a signal when it is touched: a mapped file that has become shorter, a page
 * for which there is no room.
 *
 * SIGBUS and SIGSEGV of an access here are caught and told as a result; anywhere else they end the
 * program as ever. One thread.
 */
#ifndef SHMTOOL_MEMORY_FAULT_H
#define SHMTOOL_MEMORY_FAULT_H

#include <stdbool.h>
#include <stddef.h>

/**
 * Copy out of such memory, or into it, as memcpy(3).
 *
 * @param size    in bytes
 * @param signal  receives the signal that ended it, or 0
 * @return bytes that were copied for certain; size if no signal came
 */
size_t fault_copy_from(void *to, const void *from, size_t size, int *signal);
size_t fault_copy_to(void *to, const void *from, size_t size, int *signal);

/**
 * Set memory, as memset(3).
 *
 * @param signal  receives the signal that ended it, or 0
 * @return bytes that were set for certain; size if no signal came
 */
size_t fault_fill(void *to, int byte, size_t size, int *signal);

/** Values that are stored at equal distances. */
struct fault_stores {
	char *to;         /* where the first goes, at a multiple of size */
	const char *from; /* the first */
	size_t size;      /* of each in bytes: 1, 2, 4 or 8 */
	size_t stride;    /* from one to the next in bytes, on both sides */
	size_t count;
};

/**
 * Store values one after another, each at once and with release order: who sees one sees all that
 * was stored before.
 *
 * @param signal  receives the signal that ended it, or 0
 * @return how many were stored
 */
size_t fault_store_release(const struct fault_stores *stores, int *signal);

/**
 * Touch pages, each at its first and its last byte, until one raises a signal.
 *
 * @param address  page-aligned
 * @param pages    how many
 * @param size     of a page in bytes
 * @param write    write back what is read, atomically: no byte changes, also when somebody else
 *                 writes at the same time
 * @param signal   receives the signal, or 0
 * @return pages that could be touched before
 */
size_t fault_touch(char *address, size_t pages, size_t size, bool write, int *signal);

#endif
