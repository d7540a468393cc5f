/*
 * A growing text buffer.
 */
#ifndef SHMTOOL_OUTPUT_BUFFER_H
#define SHMTOOL_OUTPUT_BUFFER_H

#include <stddef.h>
#include <string.h>

struct marks;

/** A buffer that is all zero is empty; its owner frees data. */
struct buffer {
	char *data;
	size_t used;         /* bytes */
	size_t size;         /* bytes */
	struct marks *marks; /* output/mark.h: receives the styles of the text; NULL: none */
};

/**
 * Enlarge a buffer. On failure, the program exits: it cannot go on without memory for a line of
 * text.
 *
 * @param bytes  that must fit after the used ones
 */
void buffer_grow(struct buffer *buffer, size_t bytes);

/**
 * Make room. Called for every cell of a listing, so the common case is inline.
 *
 * @param bytes  room that is needed at the returned address; the caller then adds the number of
 *               bytes written to buffer->used
 * @return the address, never NULL
 */
static inline char *buffer_reserve(struct buffer *buffer, size_t bytes)
{
	if (buffer->size - buffer->used < bytes)
		buffer_grow(buffer, bytes);
	return buffer->data + buffer->used;
}

static inline void buffer_append(struct buffer *buffer, const char *text, size_t length)
{
	/* An empty buffer has no memory yet; memcpy(3) must not get NULL. */
	if (length == 0)
		return;
	memcpy(buffer_reserve(buffer, length), text, length);
	buffer->used += length;
}

static inline void buffer_append_text(struct buffer *buffer, const char *text)
{
	buffer_append(buffer, text, strlen(text));
}

static inline void buffer_append_blanks(struct buffer *buffer, size_t count)
{
	/* As above, for memset(3). */
	if (count == 0)
		return;
	memset(buffer_reserve(buffer, count), ' ', count);
	buffer->used += count;
}

#endif
