#include "system/vma.h"

#include "base/number.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Check whether a line of smaps begins a mapping, "7f00-7f10 rw-s ...", and parse its start. */
static bool parse_start(const char *line, uint64_t *start)
{
	return number_take(&line, NUMBER_HEXADECIMAL, start) == NUMBER_READ && *line == '-';
}

/* Parse "Word:   123 kB" as bytes. */
static bool parse_field(const char *line, const char *word, uint64_t *bytes)
{
	size_t length = strlen(word);

	if (strncmp(line, word, length) != 0)
		return false;
	line += length;
	(void)number_take_signed(&line, NUMBER_DECIMAL, bytes, NULL);
	*bytes *= 1024;
	return true;
}

static void take_field(const char *line, struct vma *vma)
{
	uint64_t bytes;

	if (parse_field(line, "KernelPageSize:", &bytes))
		vma->page_bytes = bytes;
	else if (parse_field(line, "Swap:", &bytes))
		vma->swapped = bytes;
	else if (parse_field(line, "ShmemPmdMapped:", &bytes) ||
	         parse_field(line, "FilePmdMapped:", &bytes))
		vma->huge += bytes;
}

int vma_find(FILE *stream, uint64_t address, struct vma *vma)
{
	bool found = false;
	char *line = NULL;
	size_t size = 0;

	memset(vma, 0, sizeof(*vma));
	while (getline(&line, &size, stream) > 0) {
		uint64_t start;

		if (parse_start(line, &start)) {
			if (found)
				break;
			found = start == address;
		} else if (found) {
			take_field(line, vma);
		}
	}
	free(line);
	if (found)
		return 0;
	errno = ENOENT;
	return -1;
}

int vma_look(const void *address, struct vma *vma)
{
	FILE *stream = fopen("/proc/self/smaps", "re");
	int result;

	memset(vma, 0, sizeof(*vma));
	if (stream == NULL)
		return -1;
	result = vma_find(stream, (uintptr_t)address, vma);
	(void)fclose(stream);
	return result;
}

int vma_swapped_within(void *address, uint64_t length, uint64_t *swapped)
{
	void *part = mremap(address, 0, length, MREMAP_MAYMOVE);
	struct vma vma;
	int result;

	if (part == MAP_FAILED)
		return -1;
	result = vma_look(part, &vma);
	*swapped = vma.swapped;
	munmap(part, length);
	return result;
}
