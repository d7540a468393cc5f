/*
 * hold_memfd SIZE [SEAL...]: creates a memfd of SIZE bytes with standard input in its first page,
 * adds seals (write, future-write, shrink, grow, seal), prints the REF "pid:PID:fd:N", and waits
 * for a signal. The kernel kills it with its parent, and an alarm in any case.
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
#include <unistd.h>

#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010 /* Linux 5.1 */
#endif

static int seal_by_name(const char *name)
{
	static const struct {
		const char *name;
		int seal;
	} seals[] = {
		{ "write", F_SEAL_WRITE },   { "future-write", F_SEAL_FUTURE_WRITE },
		{ "shrink", F_SEAL_SHRINK }, { "grow", F_SEAL_GROW },
		{ "seal", F_SEAL_SEAL },
	};

	for (size_t i = 0; i < sizeof(seals) / sizeof(seals[0]); i++) {
		if (strcmp(name, seals[i].name) == 0)
			return seals[i].seal;
	}
	fprintf(stderr, "hold_memfd: %s: no such seal\n", name);
	exit(2);
}

int main(int argc, char **argv)
{
	char input[4096];
	size_t length;
	int seals = 0;
	int fd;

	if (argc < 2) {
		fprintf(stderr, "usage: hold_memfd SIZE [SEAL...]\n");
		return 2;
	}
	for (int i = 2; i < argc; i++)
		seals |= seal_by_name(argv[i]);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(300);
	length = fread(input, 1, sizeof(input), stdin);
	fd = memfd_create("hold_memfd", MFD_ALLOW_SEALING);
	if (fd == -1 || pwrite(fd, input, length, 0) != (ssize_t)length ||
	    ftruncate(fd, strtol(argv[1], NULL, 0)) == -1 || fcntl(fd, F_ADD_SEALS, seals) == -1) {
		perror("hold_memfd");
		return 1;
	}
	printf("pid:%ld:fd:%d\n", (long)getpid(), fd);
	fflush(stdout);
	for (;;)
		pause();
}
