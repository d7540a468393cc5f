#include "events/traced_memory.h"

#include "base/descriptor.h"
#include "base/memory.h"
#include "system/process_maps.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

struct traced_memory *traced_memory_new(void)
{
	struct traced_memory *memory = needed_array(1, sizeof(*memory));

	memory->references = 1;
	return memory;
}

void traced_memory_release(struct traced_memory *memory)
{
	if (--memory->references > 0)
		return;
	free(memory->attaches);
	free(memory);
}

struct traced_memory *traced_memory_copy(const struct traced_memory *memory)
{
	struct traced_memory *copy = traced_memory_new();

	while (copy->count < memory->count) {
		copy->attaches = vector_grow(copy->attaches, copy->count, sizeof(*copy->attaches));
		copy->attaches[copy->count] = memory->attaches[copy->count];
		copy->count++;
	}
	return copy;
}

struct traced_attach *traced_memory_find(const struct traced_memory *memory, uint64_t address)
{
	for (size_t i = 0; i < memory->count; i++) {
		if (memory->attaches[i].address == address)
			return &memory->attaches[i];
	}
	return NULL;
}

void traced_memory_set(struct traced_memory *memory, uint64_t address, int id, unsigned int count)
{
	struct traced_attach *attach = traced_memory_find(memory, address);

	if (attach == NULL) {
		memory->attaches =
		    vector_grow(memory->attaches, memory->count, sizeof(*memory->attaches));
		attach = &memory->attaches[memory->count++];
	}
	attach->address = address;
	attach->id = id;
	attach->count = count;
}

void traced_memory_remove(struct traced_memory *memory, const struct traced_attach *attach)
{
	memory->attaches[attach - memory->attaches] = memory->attaches[memory->count - 1];
	memory->count--;
}

/* Add a mapping of a segment, whose id is the number of its file. */
static void add(struct traced_memory *memory, const struct process_mapping *mapping)
{
	const uint64_t address = mapping->start - mapping->offset;
	const struct traced_attach *known = traced_memory_find(memory, address);
	const int id = (int)mapping->inode;
	const unsigned int count = known != NULL && known->id == id ? known->count : 0;

	traced_memory_set(memory, address, id, count + 1);
}

int traced_memory_read(struct traced_memory *memory, pid_t pid)
{
	const struct process_maps_request request = { .shared_only = true };
	const int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct process_mapping mapping;
	struct process_maps maps;
	char directory[16];
	int result = -1;

	snprintf(directory, sizeof(directory), "%d", pid);
	if (proc < 0 || process_maps_open(proc, directory, &request, &maps) < 0) {
		descriptor_close(proc);
		return -1;
	}
	while ((result = process_maps_next(&maps, &mapping)) > 0) {
		if (process_maps_is_segment(&maps, &mapping) == 1)
			add(memory, &mapping);
	}
	process_maps_close(&maps);
	descriptor_close(proc);
	return result;
}
