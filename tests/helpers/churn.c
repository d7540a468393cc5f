/*
 * churn NAME: creates and removes System V segments and POSIX objects /NAME-N as fast as possible,
 * until a signal. Prints a line after the start.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <unistd.h>

enum { AT_A_TIME = 20 };

static volatile sig_atomic_t ended;

static void end(int number)
{
	(void)number;
	ended = 1;
}

int main(int argc, char **argv)
{
	int ids[AT_A_TIME];
	char name[AT_A_TIME][256];

	if (argc < 2) {
		fprintf(stderr, "usage: churn NAME\n");
		return 2;
	}
	signal(SIGTERM, end);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	alarm(300);
	printf("begun\n");
	fflush(stdout);
	while (!ended) {
		for (int i = 0; i < AT_A_TIME; i++) {
			snprintf(name[i], sizeof(name[i]), "/%s-%d", argv[1], i);
			ids[i] = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
			int fd = shm_open(name[i], O_RDWR | O_CREAT, 0600);

			if (fd != -1)
				close(fd);
		}
		for (int i = 0; i < AT_A_TIME; i++) {
			shmctl(ids[i], IPC_RMID, NULL);
			shm_unlink(name[i]);
		}
	}
	return 0;
}
