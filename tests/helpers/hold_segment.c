/*
 * hold_segment ID [ro|rw] [COUNT]: attaches a System V segment COUNT times (once), prints "holding
 * PID" once attached, and waits for a signal.
 *
 * It never outlives the test: the kernel kills it with its parent, and an alarm ends it
 * in any case.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int flags = 0;
	long count = 1;

	if (argc < 2) {
		fprintf(stderr, "usage: hold_segment ID [ro|rw] [COUNT]\n");
		return 2;
	}
	if (argc > 2 && strcmp(argv[2], "ro") == 0)
		flags = SHM_RDONLY;
	if (argc > 3)
		count = strtol(argv[3], NULL, 10);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(300);
	for (long i = 0; i < count; i++) {
		if (shmat((int)strtol(argv[1], NULL, 10), NULL, flags) == (void *)-1) {
			perror("hold_segment: shmat");
			return 1;
		}
	}
	printf("holding %ld\n", (long)getpid());
	fflush(stdout);
	for (;;)
		pause();
}
