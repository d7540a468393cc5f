/*
 * floor_read_into ID FILE: the minimum work to copy a file into a System V segment without a
 * descriptor of the segment: an attachment, and read(2) into it, 1 MiB per call. A number with 0x is
 * the key of the segment.
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

enum { PIECE = 1 << 20 };

/* Read a file to its end. Return 0, or -1 with errno. */
static int read_into(char *target, size_t room, int from)
{
	ssize_t length;

	do {
		length = read(from, target, room < PIECE ? room : PIECE);
		if (length == -1)
			return -1;
		target += length;
		room -= (size_t)length;
	} while (length > 0 && room > 0);
	return 0;
}

static int find_segment(const char *argument)
{
	const unsigned long number = strtoul(argument, NULL, 0);

	return strncmp(argument, "0x", 2) == 0 ? shmget((key_t)number, 0, 0) : (int)number;
}

int main(int argc, char **argv)
{
	int id = argc == 3 ? find_segment(argv[1]) : -1;
	int from = argc == 3 ? open(argv[2], O_RDONLY | O_CLOEXEC) : -1;
	struct shmid_ds segment;
	char *target;

	if (from == -1 || shmctl(id, IPC_STAT, &segment) == -1)
		goto failed;
	target = shmat(id, NULL, 0);
	if ((intptr_t)target == -1 || read_into(target, segment.shm_segsz, from) == -1)
		goto failed;
	return 0;
failed:
	fprintf(stderr, "floor_read_into: %s\n", strerror(errno));
	return 1;
}
