/*
 * Processes whose attaches end in unusual ways, one after the other. All inherit one attach, and
 * another thread makes a second one:
 * - the first thread ends, and later the other one ends the process
 * - the other thread calls execve(2)
 * - a child of vfork(2) calls execve(2), while the parent keeps its attach
 *
 * Prints the segment's id and the pids of the three.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <pthread.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SIZE = 4096 };

static int id;
static pthread_t first;

static void check(bool success, const char *call)
{
	if (success)
		return;
	fprintf(stderr, "segment_threads: %s: %s\n", call, strerror(errno));
	_exit(EXIT_FAILURE);
}

static void *end_after_first(void *unused)
{
	/* The first thread has ended. */
	check(pthread_join(first, NULL) == 0, "pthread_join");
	check(shmat(id, NULL, 0) != (void *)-1, "shmat");
	(void)unused;
	_exit(EXIT_SUCCESS);
}

static void *execute(void *unused)
{
	check(shmat(id, NULL, 0) != (void *)-1, "shmat");
	(void)unused;
	execl("/bin/true", "true", (char *)NULL);
	_exit(EXIT_FAILURE);
}

static pid_t run(void *(*other)(void *))
{
	const pid_t child = fork();
	pthread_t thread;
	int status;

	check(child >= 0, "fork");
	if (child == 0) {
		first = pthread_self();
		check(pthread_create(&thread, NULL, other, NULL) == 0, "pthread_create");
		if (other == end_after_first)
			pthread_exit(NULL);
		for (;;)
			pause();
	}
	check(waitpid(child, &status, 0) == child && status == 0, "waitpid");
	return child;
}

int main(void)
{
	char *const arguments[] = { (char[]){ "true" }, NULL };
	pid_t threads;
	pid_t executing;
	pid_t spawned;

	id = shmget(IPC_PRIVATE, SIZE, 0600);
	check(id >= 0, "shmget");
	check(shmat(id, NULL, 0) != (void *)-1, "shmat");
	threads = run(end_after_first);
	executing = run(execute);
	check(posix_spawn(&spawned, "/bin/true", NULL, NULL, arguments, NULL) == 0, "posix_spawn");
	check(waitpid(spawned, NULL, 0) == spawned, "waitpid");
	check(shmctl(id, IPC_RMID, NULL) == 0, "shmctl");
	printf("%d %d %d %d\n", id, threads, executing, spawned);
	return EXIT_SUCCESS;
}
