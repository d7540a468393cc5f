/*
 * make_users PATH PROCESSES MAPPINGS: starts PROCESSES processes that map a file of 64 KiB MAPPINGS
 * times each; prints "ready" when all have done so, and ends, with them, at the end of standard
 * input.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { BYTES = 1 << 16 };

/* Maps the file and reports it; the kernel kills the process with its parent. */
static void be_user(int file, long mappings, int said)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (long i = 0; i < mappings; i++) {
		const void *mapping =
		    mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);

		if (mapping == MAP_FAILED)
			_exit(1);
	}
	close(file);
	if (write(said, "x", 1) != 1)
		_exit(1);
	close(said);
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	long processes = argc == 4 ? strtol(argv[2], NULL, 10) : 0;
	int file = argc == 4 ? open(argv[1], O_RDWR | O_CREAT, 0600) : -1;
	int said[2];
	char byte;

	if (file == -1 || ftruncate(file, BYTES) == -1 || pipe(said) == -1) {
		perror("make_users");
		return 1;
	}
	for (long i = 0; i < processes; i++) {
		pid_t pid = fork();

		if (pid == -1) {
			perror("make_users");
			return 1;
		}
		if (pid == 0)
			be_user(file, strtol(argv[3], NULL, 10), said[1]);
	}
	close(said[1]);
	close(file);
	for (long i = 0; i < processes; i++) {
		if (read(said[0], &byte, 1) != 1)
			return 1;
	}
	printf("ready\n");
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	return 0;
}
