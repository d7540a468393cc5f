/*
 * mapping read OBJECT OFFSET LENGTH    the bytes, as a shared mapping shows them, to stdout
 * mapping write OBJECT OFFSET          stdin, stored through a shared mapping; nothing is synced
 * mapping evict OBJECT OFFSET LENGTH   asks the kernel to move the pages to swap or disk
 *
 * OBJECT is the path of a file, or id:N for a System V segment. OFFSET and LENGTH, in bytes, need
 * not be multiples of anything, and may lie beyond the end of a file, but within its last page.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <unistd.h>

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21 /* Linux 5.4 */
#endif

enum { INPUT_MAX = 1 << 20 };

/* Maps the object from its first byte up to end; NULL on failure, after a message. */
static char *map_object(const char *object, size_t end)
{
	char *address;

	if (strncmp(object, "id:", 3) == 0) {
		address = shmat((int)strtol(object + 3, NULL, 10), NULL, 0);
		if (address == (void *)-1)
			address = NULL;
	} else {
		int fd = open(object, O_RDWR | O_CLOEXEC);

		address = fd == -1 ? MAP_FAILED
		                   : mmap(NULL, end, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		if (address == MAP_FAILED)
			address = NULL;
		if (fd != -1)
			close(fd);
	}
	if (!address)
		perror(object);
	return address;
}

static int write_bytes(const char *object, size_t offset)
{
	static char input[INPUT_MAX];
	size_t length = fread(input, 1, sizeof(input), stdin);
	char *address = map_object(object, offset + length);

	if (!address)
		return 1;
	memcpy(address + offset, input, length);
	return 0;
}

static int evict(char *address, size_t offset, size_t length)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t before = offset % page;
	volatile char *bytes = address;

	/* The kernel moves out only pages mapped by this process. */
	for (size_t at = offset; at < offset + length; at += page)
		(void)bytes[at];
	if (madvise(address + offset - before, length + before, MADV_PAGEOUT) == -1) {
		perror("mapping: MADV_PAGEOUT");
		return 1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	size_t offset = argc > 3 ? strtoul(argv[3], NULL, 0) : 0;
	size_t length = argc > 4 ? strtoul(argv[4], NULL, 0) : 0;

	if (argc == 4 && strcmp(argv[1], "write") == 0)
		return write_bytes(argv[2], offset);
	if (argc != 5) {
		fprintf(stderr, "usage: mapping read|write|evict OBJECT OFFSET [LENGTH]\n");
		return 2;
	}
	char *address = map_object(argv[2], offset + length);

	if (!address)
		return 1;
	if (strcmp(argv[1], "evict") == 0)
		return evict(address, offset, length);
	return fwrite(address + offset, 1, length, stdout) == length ? 0 : 1;
}
