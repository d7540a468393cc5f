/*
 * store_loop OBJECT PAGES: keeps storing new values in the first and the last byte of each of the
 * first PAGES pages of a file, or of a System V segment (id:N), all 0 at first, and checks before
 * each store that the last value is unchanged. No other process may change these bytes, so a lost
 * value was overwritten by a process that wrote back an old value in two steps.
 *
 * Prints "storing" when it begins. On SIGTERM it prints the number of lost values, and ends; status
 * 1 if there were any. The kernel kills it with its parent, and an alarm in any case.
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

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
	(void)number;
	stop = 1;
}

static char *map_object(const char *object, size_t length)
{
	if (strncmp(object, "id:", 3) == 0) {
		char *address = shmat((int)strtol(object + 3, NULL, 10), NULL, 0);

		return address == (void *)-1 ? MAP_FAILED : address;
	}
	int fd = open(object, O_RDWR | O_CLOEXEC);

	return fd == -1 ? MAP_FAILED
	                : mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
}

/* Checks that a byte still has the value of the last round, and stores the next. */
static unsigned long store(volatile unsigned char *byte, unsigned char value)
{
	unsigned long lost = *byte != (unsigned char)(value - 1);

	*byte = value;
	return lost;
}

int main(int argc, char **argv)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t length = argc == 3 ? strtoul(argv[2], NULL, 10) * page : 0;
	volatile unsigned char *bytes;
	unsigned char value = 0;
	unsigned long lost = 0;

	if (length == 0) {
		fprintf(stderr, "usage: store_loop OBJECT PAGES\n");
		return 2;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(300);
	signal(SIGTERM, on_signal);
	bytes = (volatile unsigned char *)map_object(argv[1], length);
	if (bytes == MAP_FAILED) {
		perror(argv[1]);
		return 2;
	}
	printf("storing\n");
	fflush(stdout);
	while (!stop) {
		value++;
		for (size_t at = 0; at < length; at += page) {
			lost += store(bytes + at, value);
			lost += store(bytes + at + page - 1, value);
		}
	}
	printf("lost %lu\n", lost);
	return lost > 0;
}
