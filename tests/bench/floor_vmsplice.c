/*
 * floor_vmsplice ID: the least work to read a segment into a pipe without privileges: its pages go
 * into the pipe by reference. Nothing keeps their content until the reader has them.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/shm.h>
#include <sys/uio.h>

enum { PIPE_SIZE = 1 << 20 };

/* Send all bytes. Return 0, or -1 with errno. */
/* NOLINTNEXTLINE(readability-non-const-parameter): struct iovec has no const */
static int send_all(char *address, size_t length)
{
	while (length > 0) {
		const struct iovec bytes = { .iov_base = address, .iov_len = length };
		const ssize_t done = vmsplice(1, &bytes, 1, 0);

		if (done == -1)
			return -1;
		address += done;
		length -= (size_t)done;
	}
	return 0;
}

int main(int argc, char **argv)
{
	const int id = argc == 2 ? (int)strtol(argv[1], NULL, 10) : -1;
	struct shmid_ds segment;
	char *address;

	if (shmctl(id, IPC_STAT, &segment) == -1)
		goto failed;
	address = shmat(id, NULL, SHM_RDONLY);
	if ((intptr_t)address == -1 || fcntl(1, F_SETPIPE_SZ, PIPE_SIZE) == -1 ||
	    send_all(address, segment.shm_segsz) == -1)
		goto failed;
	return 0;
failed:
	fprintf(stderr, "floor_vmsplice: %s\n", strerror(errno));
	return 1;
}
