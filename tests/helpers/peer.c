/*
 * peer segment ID | object NAME | memfd SIZE: a program that shares memory through the C library
 * alone: shmat(2), shm_open(3) and mmap(2), or memfd_create(2) and mmap(2). Prints the REF of its
 * object, then executes the commands on standard input, one per line:
 *
 *     store OFFSET TEXT     stores the bytes of TEXT; prints "stored"
 *     show OFFSET LENGTH    prints these bytes and a newline
 *
 * The kernel kills it with its parent, and an alarm in any case.
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
#include <sys/stat.h>
#include <unistd.h>

static char *map_all(int fd)
{
	struct stat object;

	if (fd == -1 || fstat(fd, &object) == -1)
		return MAP_FAILED;
	return mmap(NULL, (size_t)object.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
}

/* Prints the REF and returns the memory; MAP_FAILED on failure, which shmat(2) also returns. */
static char *share(const char *kind, const char *what)
{
	char *memory = MAP_FAILED;

	if (strcmp(kind, "segment") == 0) {
		memory = shmat((int)strtol(what, NULL, 10), NULL, 0);
		printf("id:%s\n", what);
	} else if (strcmp(kind, "object") == 0) {
		memory = map_all(shm_open(what, O_RDWR, 0));
		printf("%s\n", what);
	} else if (strcmp(kind, "memfd") == 0) {
		int fd = memfd_create("peer", MFD_CLOEXEC);

		if (fd != -1 && ftruncate(fd, strtol(what, NULL, 10)) == 0)
			memory = map_all(fd);
		printf("pid:%ld:fd:%d\n", (long)getpid(), fd);
	}
	return memory;
}

int main(int argc, char **argv)
{
	char line[4096];
	char *memory;

	if (argc != 3) {
		fprintf(stderr, "usage: peer segment ID | object NAME | memfd SIZE\n");
		return 2;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(300);
	memory = share(argv[1], argv[2]);
	if (memory == MAP_FAILED) {
		perror("peer");
		return 1;
	}
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		char *rest = line;

		line[strcspn(line, "\n")] = '\0';
		const char *verb = strsep(&rest, " ");
		const char *offset = strsep(&rest, " ");

		if (!offset || !rest)
			continue;
		if (strcmp(verb, "store") == 0) {
			for (char *byte = memory + strtol(offset, NULL, 10); *rest != '\0'; byte++)
				*byte = *rest++;
			puts("stored");
		} else {
			fwrite(memory + strtol(offset, NULL, 10), 1, strtoul(rest, NULL, 10),
			       stdout);
			puts("");
		}
		fflush(stdout);
	}
	return 0;
}
