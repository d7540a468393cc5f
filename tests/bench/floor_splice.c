/*
 * floor_splice ID: the minimum work to send the bytes of a System V segment to standard output: an
 * attachment, its descriptor from /proc/self/map_files (root only), and splice(2) from there into a
 * pipe and out of it. No byte is copied.
 * floor_splice PATH: the same with the bytes of a file.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/shm.h>
#include <unistd.h>

enum { PIPE_SIZE = 1 << 20 };

/* Open a descriptor of a segment; -1 with errno on failure. */
static int open_segment(int id)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	struct shmid_ds segment;
	char path[96];
	uintptr_t start;

	if (shmctl(id, IPC_STAT, &segment) == -1)
		return -1;
	start = (uintptr_t)shmat(id, NULL, SHM_RDONLY);
	if (start == UINTPTR_MAX)
		return -1;
	snprintf(path, sizeof(path), "/proc/self/map_files/%jx-%jx", (uintmax_t)start,
	         (uintmax_t)(start + (segment.shm_segsz + page - 1) / page * page));
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* Splice all of a file to standard output. Return 0, or -1 with errno. */
static int splice_all(int from)
{
	ssize_t filled;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) == -1 || fcntl(ends[1], F_SETPIPE_SZ, PIPE_SIZE) == -1)
		return -1;
	while ((filled = splice(from, NULL, ends[1], NULL, PIPE_SIZE, 0)) > 0) {
		while (filled > 0) {
			ssize_t emptied =
			    splice(ends[0], NULL, STDOUT_FILENO, NULL, (size_t)filled, 0);

			if (emptied == -1)
				return -1;
			filled -= emptied;
		}
	}
	return filled == 0 ? 0 : -1;
}

int main(int argc, char **argv)
{
	const char *what = argc == 2 ? argv[1] : "";
	int from;

	if (strchr(what, '/') != NULL)
		from = open(what, O_RDONLY | O_CLOEXEC);
	else
		from = open_segment((int)strtol(what, NULL, 10));
	if (from == -1 || splice_all(from) == -1) {
		fprintf(stderr, "floor_splice: %s: %s\n", what, strerror(errno));
		return 1;
	}
	return 0;
}
