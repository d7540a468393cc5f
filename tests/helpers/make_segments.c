/* make_segments COUNT SIZE [MODE]: creates COUNT private System V segments and prints their ids. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdio.h>
#include <stdlib.h>
#include <sys/ipc.h>
#include <sys/shm.h>

int main(int argc, char **argv)
{
	if (argc < 3) {
		fprintf(stderr, "usage: make_segments COUNT SIZE [MODE]\n");
		return 2;
	}
	long count = strtol(argv[1], NULL, 10);
	size_t size = strtoull(argv[2], NULL, 10);
	int mode = argc > 3 ? (int)strtol(argv[3], NULL, 8) : 0600;

	for (long i = 0; i < count; i++) {
		int id = shmget(IPC_PRIVATE, size, IPC_CREAT | mode);

		if (id == -1) {
			perror("make_segments: shmget");
			return 1;
		}
		printf("%d\n", id);
	}
	return 0;
}
