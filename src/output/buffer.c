#include "output/buffer.h"

#include "base/memory.h"

#include <stdlib.h>

void buffer_grow(struct buffer *buffer, size_t bytes)
{
	size_t size = buffer->size > 0 ? buffer->size : 4096;

	while (size < buffer->used + bytes)
		size *= 2;
	buffer->data = needed(realloc(buffer->data, size));
	buffer->size = size;
}
