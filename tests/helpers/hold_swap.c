/*
 * hold_swap FILE MEBIBYTES: creates FILE, enables swapping on it, prints "holding", and waits for a
 * signal. When it ends, by any signal, swapping on the file is disabled and the file removed: by a
 * guardian in a session of its own, which waits for the end of a pipe whose only writer is this
 * program. It is killed with its parent. Only one instance runs at a time: another one waits.
 *
 * Status 77, with the reason on standard error, if the kernel refuses to swap on the file.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/swap.h>
#include <unistd.h>

enum { CANNOT_SWAP = 77, BLOCK = 1 << 20, HEADER = 1024, OTHER_DESCRIPTORS = 256 };

/* Writes a header as mkswap(8) does: see union swap_header in the kernel's <linux/swap.h>. */
static int make_swap_file(const char *path, long mebibytes)
{
	static const char magic[] = { 'S', 'W', 'A', 'P', 'S', 'P', 'A', 'C', 'E', '2' };
	static char block[BLOCK];
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uint32_t header[2] = { 1, (uint32_t)((size_t)mebibytes * BLOCK / page - 1) };
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	memcpy(block + HEADER, header, sizeof(header));
	memcpy(block + page - sizeof(magic), magic, sizeof(magic));
	for (long i = 0; i < mebibytes; i++) {
		if (fd == -1 || pwrite(fd, block, BLOCK, i * BLOCK) != BLOCK)
			return -1;
		memset(block, 0, page);
	}
	if (fsync(fd) == -1)
		return -1;
	return close(fd);
}

/* Holds the lock until the former state is restored. */
static void guard(int life, int lock, int ready, const char *path)
{
	char byte = 0;

	setsid();
	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_IGN);
	if (write(ready, &byte, 1) != 1)
		_exit(1);
	/* The test runner waits for the end of its pipes, so close them. */
	for (int fd = 0; fd < OTHER_DESCRIPTORS; fd++) {
		if (fd != life && fd != lock)
			close(fd);
	}
	while (read(life, &byte, 1) > 0)
		;
	swapoff(path);
	_exit(unlink(path) == -1 ? 1 : 0);
}

int main(int argc, char **argv)
{
	int life[2];
	int ready[2];
	char byte;

	if (argc != 3) {
		fprintf(stderr, "usage: hold_swap FILE MEBIBYTES\n");
		return 2;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* Any file visible to all processes works, and this one leaves nothing behind. */
	int lock = open("/proc/swaps", O_RDONLY | O_CLOEXEC);

	if (lock == -1 || flock(lock, LOCK_EX) == -1 || pipe2(life, O_CLOEXEC) == -1 ||
	    pipe2(ready, O_CLOEXEC) == -1) {
		perror("hold_swap");
		return CANNOT_SWAP;
	}
	pid_t guardian = fork();

	if (guardian == 0) {
		close(life[1]);
		guard(life[0], lock, ready[1], argv[1]);
	}
	close(ready[1]);
	close(life[0]);
	if (guardian == -1 || read(ready[0], &byte, 1) != 1) {
		fprintf(stderr, "hold_swap: the guardian does not start\n");
		return CANNOT_SWAP;
	}
	if (make_swap_file(argv[1], strtol(argv[2], NULL, 10)) == -1 || swapon(argv[1], 0) == -1) {
		perror(argv[1]);
		return CANNOT_SWAP;
	}
	puts("holding");
	fflush(stdout);
	for (;;)
		pause();
}
