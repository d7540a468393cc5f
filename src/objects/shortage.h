/*
 * Why there was no room: which limit was hit, its value, and what raises it.
 */
#ifndef SHMTOOL_OBJECTS_SHORTAGE_H
#define SHMTOOL_OBJECTS_SHORTAGE_H

#include "error.h"

#include <stdint.h>

/** Count the base pages that some bytes take. */
uint64_t shortage_pages(uint64_t bytes);

/**
 * Explain that a POSIX object could not be made, grown or written.
 *
 * @param number  the errno value
 * @param bytes   that had been asked for; 0 if that is not known
 * @return -1, with error set
 */
int shortage_of_space(int number, uint64_t bytes, struct error *error);

/**
 * Look whether the machine has the memory for what no other limit holds back, a memfd or a
 * segment: asked for more, the kernel begins to kill processes.
 *
 * @param bytes  that are to be taken
 * @return 0, or -1 with error set. 0 as well if it can't be told
 */
int shortage_check_memory(uint64_t bytes, struct error *error);

/** How far a stream of unknown length has come since memory was looked at; zero at first. */
struct shortage_stream {
	uint64_t bytes;
};

/** Count bytes that have come. */
void shortage_stream_count(struct shortage_stream *stream, uint64_t bytes);

/**
 * Look now and then, while a stream is collected in memory, whether there is more of it.
 *
 * @return 0, or -1 with errno ENOMEM
 */
int shortage_stream_check(struct shortage_stream *stream);

/**
 * The same for POSIX objects. Where their file system has no room, that is left to be said by it.
 */
int shortage_check_space(uint64_t bytes, struct error *error);

/**
 * Explain that memory could not be locked: shmctl(2), mlock(2).
 *
 * @param number  the errno value
 * @param bytes   that should have been locked
 * @return -1, with error set
 */
int shortage_of_locked_memory(int number, uint64_t bytes, struct error *error);

#endif
