/* sem_make NAME VALUE [MODE]: creates a POSIX named semaphore with sem_open(3). */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <fcntl.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int main(int argc, char **argv)
{
	if (argc < 3) {
		fprintf(stderr, "usage: sem_make NAME VALUE [MODE]\n");
		return 2;
	}
	mode_t mode = argc > 3 ? (mode_t)strtoul(argv[3], NULL, 8) : 0600;
	unsigned value = (unsigned)strtoul(argv[2], NULL, 10);

	umask(0);
	sem_t *semaphore = sem_open(argv[1], O_CREAT | O_EXCL, mode, value);

	if (semaphore == SEM_FAILED) {
		perror("sem_make: sem_open");
		return 1;
	}
	sem_close(semaphore);
	return 0;
}
