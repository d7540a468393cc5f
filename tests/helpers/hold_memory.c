/*
 * hold_memory KIND PAGES [FILE]: fills and holds PAGES pages of memory. Prints "holding PID", and
 * waits for a signal.
 *
 *   memfd         memory of memfd_create(2)
 *   anonymous     shared anonymous memory
 *   huge-memfd, huge-anonymous, huge-private, huge-segment
 *                 the same, private memory and a segment in huge pages of 2 MiB
 *   huge-forked   private huge pages that a child process shares
 *   file          a shared mapping of FILE, in a hugetlbfs
 *   copied, read  a private mapping of FILE, of which every page is written, or only read
 *
 * The kernel kills it with its parent, and an alarm ends it in any case.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <unistd.h>

enum { HUGE_PAGE = 2 << 20 };

static void *map(int flags, int fd, size_t bytes)
{
	if (fd >= 0 && !(flags & MAP_PRIVATE) && ftruncate(fd, (off_t)bytes) == -1)
		return MAP_FAILED;
	return mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags, fd, 0);
}

static void *make_segment(size_t bytes)
{
	const int id = shmget(IPC_PRIVATE, bytes, IPC_CREAT | SHM_HUGETLB | 0600);
	void *address = id == -1 ? MAP_FAILED : shmat(id, NULL, 0);

	if (id != -1)
		shmctl(id, IPC_RMID, NULL);
	return address;
}

static void *make(const char *kind, size_t bytes, const char *file)
{
	const int huge = MAP_ANONYMOUS | MAP_HUGETLB;

	if (strcmp(kind, "memfd") == 0)
		return map(MAP_SHARED, memfd_create("hold_memory", MFD_CLOEXEC), bytes);
	if (strcmp(kind, "anonymous") == 0)
		return map(MAP_SHARED | MAP_ANONYMOUS, -1, bytes);
	if (strcmp(kind, "huge-memfd") == 0)
		return map(MAP_SHARED, memfd_create("hold_memory", MFD_CLOEXEC | MFD_HUGETLB),
		           bytes);
	if (strcmp(kind, "huge-anonymous") == 0)
		return map(MAP_SHARED | huge, -1, bytes);
	if (strcmp(kind, "huge-private") == 0 || strcmp(kind, "huge-forked") == 0)
		return map(MAP_PRIVATE | huge, -1, bytes);
	if (strcmp(kind, "huge-segment") == 0)
		return make_segment(bytes);
	if (strcmp(kind, "file") == 0 && file != NULL)
		return map(MAP_SHARED, open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0600), bytes);
	if ((strcmp(kind, "copied") == 0 || strcmp(kind, "read") == 0) && file != NULL)
		return map(MAP_PRIVATE, open(file, O_RDWR | O_CLOEXEC), bytes);
	fprintf(stderr, "hold_memory: %s: no such kind\n", kind);
	exit(2);
}

int main(int argc, char **argv)
{
	size_t bytes;
	void *memory;

	if (argc < 3) {
		fprintf(stderr, "usage: hold_memory KIND PAGES [FILE]\n");
		return 2;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(300);
	bytes = strtoul(argv[2], NULL, 0) * (strncmp(argv[1], "huge", 4) == 0 || argc > 3
	                                         ? (size_t)HUGE_PAGE
	                                         : (size_t)sysconf(_SC_PAGESIZE));
	memory = make(argv[1], bytes, argv[3]);
	if (memory == MAP_FAILED) {
		perror("hold_memory");
		return 1;
	}
	if (strcmp(argv[1], "read") != 0)
		memset(memory, 1, bytes);
	for (size_t at = 0; at < bytes; at += HUGE_PAGE)
		(void)((volatile char *)memory)[at];
	if (strcmp(argv[1], "huge-forked") == 0 && fork() == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	printf("holding %ld\n", (long)getpid());
	fflush(stdout);
	for (;;)
		pause();
}
