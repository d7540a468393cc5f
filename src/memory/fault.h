/*
 * Access to memory that may raise a signal: a mapped file that has been truncated, a page without
 * room.
 *
 * These functions catch SIGBUS and SIGSEGV of their own accesses and return them as a result;
 * anywhere else the signals end the program as usual. Not thread-safe.
 */
#ifndef SHMTOOL_MEMORY_FAULT_H
#define SHMTOOL_MEMORY_FAULT_H

#include <stdbool.h>
#include <stddef.h>

/**
 * Copy from such memory, or into it, as memcpy(3).
 *
 * @param size    in bytes
 * @param signal  receives the signal that ended it, or 0
 * @return bytes known to be copied; size if there was no signal
 */
size_t fault_copy_from(void *to, const void *from, size_t size, int *signal);
size_t fault_copy_to(void *to, const void *from, size_t size, int *signal);

/**
 * Set memory, as memset(3).
 *
 * @param signal  receives the signal that ended it, or 0
 * @return bytes known to be set; size if there was no signal
 */
size_t fault_fill(void *to, int byte, size_t size, int *signal);

/**
 * Run a function that accesses such memory. A signal of its accesses ends it: it must not hold
 * anything then that nobody else frees, and must not call the other functions here.
 *
 * @param memory   that it accesses
 * @param size     in bytes
 * @param closure  passed to the function; what it stores there remains
 * @return 0 if the function has returned, or the signal that ended it
 */
int fault_run(const void *memory, size_t size, void (*run)(void *closure), void *closure);

/** Values to store at equal distances. */
struct fault_stores {
	char *to;         /* destination of the first, at a multiple of size */
	const char *from; /* the first */
	size_t size;      /* of each in bytes: 1, 2, 4 or 8 */
	size_t stride;    /* from one to the next in bytes, on both sides */
	size_t count;
};

/**
 * Store values one after another, each atomically and with release order: a process that sees one
 * also sees all earlier stores.
 *
 * @param signal  receives the signal that ended it, or 0
 * @return number of values stored
 */
size_t fault_store_release(const struct fault_stores *stores, int *signal);

/**
 * Touch pages, each at its first and its last byte, until one raises a signal.
 *
 * @param address  page-aligned
 * @param pages    how many
 * @param size     of a page in bytes
 * @param write    write back the bytes read, atomically: no byte changes, even if another process
 *                 writes at the same time
 * @param signal   receives the signal, or 0
 * @return number of pages touched without a signal
 */
size_t fault_touch(char *address, size_t pages, size_t size, bool write, int *signal);

#endif
