/*
 * make_object NAME SIZE [MODE]: creates a POSIX shared memory object with shm_open(3), as a program
 * would: any bytes in the name, no blocks reserved.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	if (argc < 3) {
		fprintf(stderr, "usage: make_object NAME SIZE [MODE]\n");
		return 2;
	}
	mode_t mode = argc > 3 ? (mode_t)strtoul(argv[3], NULL, 8) : 0600;

	umask(0);
	int fd = shm_open(argv[1], O_RDWR | O_CREAT | O_EXCL, mode);

	if (fd == -1 || ftruncate(fd, (off_t)strtoull(argv[2], NULL, 10)) == -1) {
		perror("make_object");
		return 1;
	}
	return 0;
}
