/*
 * Text that grows.
 */
#ifndef SHMTOOL_OUTPUT_BUFFER_H
#define SHMTOOL_OUTPUT_BUFFER_H

#include <stddef.h>
#include <string.h>

/** All zero is the empty buffer; its owner frees data. */
struct buffer {
	char *data;
	size_t used; /* bytes */
	size_t size; /* bytes */
};

/**
 * Make a buffer larger. The program ends when there is no memory for a line of text.
 *
 * @param bytes  that must fit behind those that are used
 */
void buffer_grow(struct buffer *buffer, size_t bytes);

/**
 * Make room. Called for every cell of a listing, so it costs nothing when there is room.
 *
 * @param bytes  that will be written at the returned place; the caller then adds what it really
 *               wrote to buffer->used
 * @return the place, never NULL
 */
static inline char *buffer_reserve(struct buffer *buffer, size_t bytes)
{
	if (buffer->size - buffer->used < bytes)
		buffer_grow(buffer, bytes);
	return buffer->data + buffer->used;
}

static inline void buffer_append(struct buffer *buffer, const char *text, size_t length)
{
	memcpy(buffer_reserve(buffer, length), text, length);
	buffer->used += length;
}

#endif
