/*
 * make_keyed KEY SIZE MODE [stay|noreserve]: creates a System V segment with KEY (0x… or decimal;
 * 0: private) and prints its id. With "stay" the creator then waits for a signal; with "noreserve"
 * the size may exceed the available memory.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	if (argc < 4) {
		fprintf(stderr, "usage: make_keyed KEY SIZE MODE [stay|noreserve]\n");
		return 2;
	}
	key_t key = (key_t)strtoul(argv[1], NULL, 0);
	size_t size = strtoull(argv[2], NULL, 10);
	int mode = (int)strtol(argv[3], NULL, 8);
	const char *how = argc > 4 ? argv[4] : "";
	int flags = IPC_CREAT | IPC_EXCL | mode;

	if (strcmp(how, "noreserve") == 0)
		flags |= SHM_NORESERVE;
	int id = shmget(key, size, flags);

	if (id == -1) {
		perror("make_keyed: shmget");
		return 1;
	}
	if (strcmp(how, "stay") == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		alarm(300);
		printf("%d\n", id);
		fflush(stdout);
		for (;;)
			pause();
	}
	printf("%d\n", id);
	return 0;
}
