/*
 * hold_mapping PATH WAY [COUNT]: uses a file in a WAY, COUNT times (once), prints "holding PID", and
 * waits for a signal:
 *
 *     shared      mapped for reading and writing, without a descriptor
 *     readonly    mapped shared, for reading
 *     private     mapped privately, for reading and writing
 *     split       mapped shared in one go; the protection of its second page, of three, differs
 *     open        by a descriptor for reading and writing
 *     path        by a descriptor of O_PATH
 *     thread      mapped shared by a process whose first thread has ended
 *     anonymous   a shared mapping without a file; PATH is its size in bytes; the first page is
 *                 touched
 *     namespace   as shared, in an IPC namespace of its own; id:N: created there with the same id
 *
 * PATH id:N attaches a System V segment instead of a file, for shared, readonly, split and thread.
 * The kernel kills it with its parent, and an alarm in any case.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <unistd.h>

static void say_and_wait(void)
{
	printf("holding %ld\n", (long)getpid());
	fflush(stdout);
	for (;;)
		pause();
}

static void *wait_in_thread(void *main_thread)
{
	pthread_join(*(pthread_t *)main_thread, NULL);
	say_and_wait();
	return NULL;
}

static int fail(const char *what)
{
	perror(what);
	return 1;
}

/* Maps the whole file or segment; MAP_FAILED on failure, which shmat(2) also returns. */
static char *map_once(const char *path, const char *way, size_t *bytes)
{
	int protection = PROT_READ | (strcmp(way, "readonly") == 0 ? 0 : PROT_WRITE);
	int sharing = strcmp(way, "private") == 0 ? MAP_PRIVATE : MAP_SHARED;
	struct shmid_ds segment;
	struct stat file;
	char *address;
	int fd;

	if (strncmp(path, "id:", 3) == 0) {
		int id = (int)strtol(path + 3, NULL, 10);

		if (shmctl(id, IPC_STAT, &segment) == -1)
			return MAP_FAILED;
		*bytes = segment.shm_segsz;
		return shmat(id, NULL, (protection & PROT_WRITE) ? 0 : SHM_RDONLY);
	}
	if (strcmp(way, "anonymous") == 0) {
		*bytes = strtoul(path, NULL, 10);
		address = mmap(NULL, *bytes, protection, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		if (address != MAP_FAILED)
			*address = 'x';
		return address;
	}
	fd = open(path, protection & PROT_WRITE && sharing == MAP_SHARED ? O_RDWR : O_RDONLY);
	if (fd == -1 || fstat(fd, &file) == -1)
		return MAP_FAILED;
	*bytes = (size_t)file.st_size;
	address = mmap(NULL, *bytes, protection, sharing, fd, 0);
	close(fd);
	return address;
}

/* Enters a new namespace, where the first segment has the same id as in any other. */
static int enter_namespace(void)
{
	if (unshare(CLONE_NEWIPC) == -1 || shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600) == -1)
		return -1;
	return 0;
}

int main(int argc, char **argv)
{
	long page = sysconf(_SC_PAGESIZE);
	const char *way = argc > 2 ? argv[2] : "";
	long count = argc > 3 ? strtol(argv[3], NULL, 10) : 1;
	static pthread_t main_thread;
	pthread_t other;

	if (argc < 3) {
		fprintf(stderr, "usage: hold_mapping PATH WAY [COUNT]\n");
		return 2;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(300);
	if (strcmp(way, "namespace") == 0 && enter_namespace() == -1)
		return fail("hold_mapping: namespace");
	for (long i = 0; i < count; i++) {
		size_t bytes;
		char *address;

		if (strcmp(way, "open") == 0 || strcmp(way, "path") == 0) {
			int fd = open(argv[1], strcmp(way, "path") == 0 ? O_PATH : O_RDWR);

			if (fd == -1)
				return fail(argv[1]);
			continue; /* keep it open */
		}
		address = map_once(argv[1], way, &bytes);
		if (address == MAP_FAILED)
			return fail(argv[1]);
		if (strcmp(way, "split") == 0 &&
		    mprotect(address + page, (size_t)page, PROT_READ) == -1)
			return fail("hold_mapping: mprotect");
	}
	if (strcmp(way, "thread") == 0) {
		main_thread = pthread_self();
		if (pthread_create(&other, NULL, wait_in_thread, &main_thread) != 0)
			return fail("hold_mapping: thread");
		pthread_exit(NULL);
	}
	say_and_wait();
	return 0;
}
