/*
 * page_states OBJECT [OFFSET LENGTH]: prints the kernel's state of each page of a file, or of a
 * System V segment (id:N), without touching it. One line per page: words in alphabetical order,
 * joined by commas, or - if there is none.
 *
 *     resident   mincore(2)
 *     hole       SEEK_HOLE of lseek(2); files only
 *     dirty      cachestat(2), Linux 6.5; files only
 *
 * mincore(2) is accurate only for callers that may write the object.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef __NR_cachestat
#define __NR_cachestat 451
#endif

/* The counts returned by cachestat(2). */
enum { CACHED, DIRTY, WRITEBACK, EVICTED, RECENTLY_EVICTED, COUNTS };

static bool is_dirty(int fd, off_t offset, size_t length)
{
	uint64_t range[] = { (uint64_t)offset, length };
	uint64_t counts[COUNTS] = { 0 };

	return syscall(__NR_cachestat, fd, range, counts, 0) == 0 && counts[DIRTY] > 0;
}

/* Whether a page is a hole; lseek fails after the last data. */
static bool is_hole(int fd, off_t offset, size_t length)
{
	off_t data = lseek(fd, offset, SEEK_DATA);

	return data == -1 || data >= offset + (off_t)length;
}

static void print_states(int fd, const unsigned char *resident, off_t offset, size_t length)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	for (size_t i = 0; i * page < length; i++) {
		off_t at = offset + (off_t)(i * page);
		bool dirty = fd != -1 && is_dirty(fd, at, page);
		bool hole = fd != -1 && is_hole(fd, at, page);
		bool in_memory = resident[i] & 1;
		bool nothing = !dirty && !hole && !in_memory;

		printf("%s%s%s%s%s%s\n", dirty ? "dirty" : "",
		       dirty && (hole || in_memory) ? "," : "", hole ? "hole" : "",
		       hole && in_memory ? "," : "", in_memory ? "resident" : "",
		       nothing ? "-" : "");
	}
}

int main(int argc, char **argv)
{
	off_t offset = argc == 4 ? strtol(argv[2], NULL, 0) : 0;
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t length;
	int fd = -1;
	char *address;

	if (argc != 2 && argc != 4) {
		fprintf(stderr, "usage: page_states OBJECT [OFFSET LENGTH]\n");
		return 2;
	}
	if (strncmp(argv[1], "id:", 3) == 0) {
		int id = (int)strtol(argv[1] + 3, NULL, 10);
		struct shmid_ds segment = { 0 };

		address = shmat(id, NULL, 0);
		if (address == (void *)-1 || shmctl(id, IPC_STAT, &segment) == -1)
			address = MAP_FAILED;
		else
			address += offset;
		length = segment.shm_segsz;
	} else {
		struct stat file = { 0 };

		fd = open(argv[1], O_RDWR | O_CLOEXEC);
		if (fd == -1) {
			perror(argv[1]);
			return 1;
		}
		fstat(fd, &file);
		length = argc == 4 ? strtoul(argv[3], NULL, 0) : (size_t)file.st_size;
		address = mmap(NULL, length, PROT_NONE, MAP_SHARED, fd, offset);
	}
	if (argc == 4)
		length = strtoul(argv[3], NULL, 0);
	unsigned char *resident = calloc(length / page + 1, 1);

	if (address == MAP_FAILED || !resident || mincore(address, length, resident) == -1) {
		perror(argv[1]);
		free(resident);
		if (fd != -1)
			close(fd);
		return 1;
	}
	print_states(fd, resident, offset, length);
	free(resident);
	if (fd != -1)
		close(fd);
	return 0;
}
