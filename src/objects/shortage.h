/*
 * Explanations of shortages of memory and space: the exceeded limit, its value, and the command
 * that raises it.
 */
#ifndef SHMTOOL_OBJECTS_SHORTAGE_H
#define SHMTOOL_OBJECTS_SHORTAGE_H

#include "error.h"

#include <stdint.h>

/** The number of base pages that hold a number of bytes. */
uint64_t shortage_pages(uint64_t bytes);

/**
 * Explain why a POSIX object could not be created, grown or written.
 *
 * @param number  the errno value
 * @param bytes   the requested bytes; 0 if unknown
 * @return -1, with error set
 */
int shortage_of_space(int number, uint64_t bytes, struct error *error);

/**
 * Read how much memory the machine has left, including swap: proc_meminfo(5).
 *
 * @param bytes  receives it
 * @return 0, or -1 if it is unknown
 */
int shortage_memory_left(uint64_t *bytes);

/**
 * Check whether the machine has the memory for an object that no other limit restricts, a memfd or
 * a segment: if it has not, the kernel would begin to kill processes.
 *
 * @param bytes  the requested bytes
 * @return 0, or -1 with error set; 0 also if that can't be determined
 */
int shortage_check_memory(uint64_t bytes, struct error *error);

/** Bytes of a stream of unknown length since the last check of memory; initially zero. */
struct shortage_stream {
	uint64_t bytes;
};

/** Count received bytes. */
void shortage_stream_count(struct shortage_stream *stream, uint64_t bytes);

/**
 * Check periodically, while a stream is collected in memory, that memory is left.
 *
 * @return 0, or -1 with errno ENOMEM
 */
int shortage_stream_check(struct shortage_stream *stream);

/**
 * Like shortage_check_memory(), for POSIX objects. If their file system has no room, it returns 0,
 * since the allocation will report that.
 */
int shortage_check_space(uint64_t bytes, struct error *error);

/**
 * Explain why memory could not be locked: shmctl(2), mlock(2).
 *
 * @param number  the errno value
 * @param bytes   the bytes to lock
 * @return -1, with error set
 */
int shortage_of_locked_memory(int number, uint64_t bytes, struct error *error);

#endif
