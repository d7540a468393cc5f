/* ftok_key PATH PROJ: prints the key from ftok(3), as 0x and eight digits. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdio.h>
#include <stdlib.h>
#include <sys/ipc.h>

int main(int argc, char **argv)
{
	if (argc < 3) {
		fprintf(stderr, "usage: ftok_key PATH PROJ\n");
		return 2;
	}
	key_t key = ftok(argv[1], (int)strtol(argv[2], NULL, 0));

	if (key == (key_t)-1) {
		perror("ftok_key");
		return 1;
	}
	printf("0x%08x\n", (unsigned)key);
	return 0;
}
