/* pipe_empty FD: status 0 if the pipe at the inherited descriptor FD is empty. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>

int main(int argc, char **argv)
{
	int bytes;

	if (argc < 2 || ioctl((int)strtol(argv[1], NULL, 10), FIONREAD, &bytes) == -1) {
		perror("pipe_empty");
		return 2;
	}
	return bytes == 0 ? 0 : 1;
}
