/*
 * closed_pipe default|ignore CMD...: runs CMD with standard output to a pipe without a reader, and
 * with SIGPIPE at its default or ignored (as some parents leave it).
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int ends[2];

	if (argc < 3) {
		fprintf(stderr, "usage: closed_pipe default|ignore CMD...\n");
		return 2;
	}
	signal(SIGPIPE, strcmp(argv[1], "ignore") == 0 ? SIG_IGN : SIG_DFL);
	if (pipe(ends) == -1 || dup2(ends[1], STDOUT_FILENO) == -1) {
		perror("closed_pipe");
		return 126;
	}
	close(ends[0]);
	close(ends[1]);
	execvp(argv[2], argv + 2);
	perror(argv[2]);
	return 127;
}
