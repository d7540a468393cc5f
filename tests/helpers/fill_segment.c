/* fill_segment ID BYTES: writes the first BYTES bytes of a System V segment. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/shm.h>

int main(int argc, char **argv)
{
	if (argc < 3) {
		fprintf(stderr, "usage: fill_segment ID BYTES\n");
		return 2;
	}
	void *memory = shmat((int)strtol(argv[1], NULL, 10), NULL, 0);

	if (memory == (void *)-1) {
		perror("fill_segment: shmat");
		return 1;
	}
	memset(memory, 'x', strtoull(argv[2], NULL, 10));
	shmdt(memory);
	return 0;
}
