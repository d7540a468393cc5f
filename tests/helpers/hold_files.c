/*
 * hold_files [-m|-p|-b] FILE...: keeps files open for reading; -m: keeps only shared read-only
 * mappings; -p: only private mappings; -b: only mappings of both types. Prints "holding PID", and
 * waits for a signal.
 *
 * The kernel kills it with its parent, and an alarm ends it in any case.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

/* Returns -1 with errno on failure. Descriptors and mappings last until the program ends. */
static int hold(const char *path, int flags, const void **mapping)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || flags == 0)
		return fd;
	*mapping = mmap(NULL, 1, PROT_READ, flags, fd, 0);
	close(fd);
	return *mapping != MAP_FAILED ? 0 : -1;
}

int main(int argc, char **argv)
{
	struct rlimit files;
	int flags = 0;
	const void *mapping;
	bool both = false;
	int option;

	while ((option = getopt(argc, argv, "mpb")) != -1) {
		flags = option == 'm' ? MAP_SHARED : MAP_PRIVATE;
		both = option == 'b';
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(300);
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	for (int i = optind; i < argc; i++) {
		if (hold(argv[i], flags, &mapping) < 0 ||
		    (both && hold(argv[i], MAP_SHARED, &mapping) < 0)) {
			perror(argv[i]);
			return 1;
		}
	}
	printf("holding %ld\n", (long)getpid());
	fflush(stdout);
	for (;;)
		pause();
}
