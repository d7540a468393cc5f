#include "commands/create/memory_watch.h"

static void count(void *stream, uint64_t bytes)
{
	shortage_stream_count(stream, bytes);
}

static int check(void *stream)
{
	return shortage_stream_check(stream);
}

struct transfer_watch memory_watch(struct shortage_stream *stream)
{
	return (struct transfer_watch){ .moved = count, .check = check, .closure = stream };
}
