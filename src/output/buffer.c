#include "output/buffer.h"

#include "error.h"

#include <err.h>
#include <stdlib.h>

void buffer_grow(struct buffer *buffer, size_t bytes)
{
	size_t size = buffer->size > 0 ? buffer->size : 4096;
	char *data;

	while (size < buffer->used + bytes)
		size *= 2;
	data = realloc(buffer->data, size);
	if (data == NULL)
		err(STATUS_FAILED, "not enough memory for %zu bytes of output", size);
	buffer->data = data;
	buffer->size = size;
}
