/*
 * sem_turn wait NAME: prints "waiting", waits for a POSIX named semaphore as programs do, sem_wait(3),
 *     and prints "done"
 * sem_turn post NAME: sem_post(3)
 * sem_turn value NAME: prints its value, sem_getvalue(3)
 *
 * A waiting process never outlives the test: the kernel kills it with its parent, and an alarm ends
 * it in any case.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static int wait_for(sem_t *semaphore)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(300);
	puts("waiting");
	fflush(stdout);
	if (sem_wait(semaphore) == -1)
		return -1;
	puts("done");
	return 0;
}

static int print_value(sem_t *semaphore)
{
	int value;

	if (sem_getvalue(semaphore, &value) == -1)
		return -1;
	printf("%d\n", value);
	return 0;
}

int main(int argc, char **argv)
{
	sem_t *semaphore;
	int result = -1;

	if (argc != 3) {
		fprintf(stderr, "usage: sem_turn wait|post|value NAME\n");
		return 2;
	}
	semaphore = sem_open(argv[2], 0);
	if (semaphore == SEM_FAILED) {
		perror("sem_turn: sem_open");
		return 1;
	}
	if (strcmp(argv[1], "wait") == 0)
		result = wait_for(semaphore);
	else if (strcmp(argv[1], "post") == 0)
		result = sem_post(semaphore);
	else if (strcmp(argv[1], "value") == 0)
		result = print_value(semaphore);
	sem_close(semaphore);
	return result == 0 ? 0 : 1;
}
