/*
 * The text of /proc/PID/maps and smaps, and of /proc/self/smaps. The first byte of an input chooses
 * what is asked for.
 */
#include "fuzz.h"

#include "system/process_maps.h"
#include "system/vma.h"

#include <limits.h>
#include <string.h>

static void check_mapping(struct process_maps *maps, const struct process_mapping *mapping,
                          const struct process_maps_request *request)
{
	char name[NAME_MAX + 1];

	fuzz_check(mapping->inode != 0 || mapping->device != 0 || request->with_memory,
	           "a mapping has no file");
	fuzz_check(mapping->shared || !request->shared_only, "a private mapping");
	fuzz_check(process_maps_name(maps, mapping, name, sizeof(name)) == 0, "no name");
	fuzz_check(strchr(name, '\n') == NULL, "the name '%s' has a newline", name);
	fuzz_check((process_maps_is_segment(maps, mapping) == 1) ==
	               process_maps_names_segment(name),
	           "'%s' is one of a segment, or is not", name);
	if (request->resident) {
		const struct process_maps_memory memory = process_maps_memory(maps);

		fuzz_check(memory.huge % 1024 == 0, "%zu huge bytes", (size_t)memory.huge);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const unsigned int choice = fuzz_byte(&data, &size);
	const struct process_maps_request request = { .shared_only = choice & 1,
		                                      .resident = choice & 2,
		                                      .with_memory = choice & 4 };
	struct process_maps maps;
	struct process_mapping mapping;
	struct vma vma;
	FILE *stream;

	process_maps_begin(fuzz_stream(data, size), &request, &maps);
	while (process_maps_next(&maps, &mapping) == 1)
		check_mapping(&maps, &mapping, &request);
	process_maps_close(&maps);

	stream = fuzz_stream(data, size);
	(void)vma_find(stream, 0x7f0000000000, &vma);
	(void)fclose(stream);
	return 0;
}
