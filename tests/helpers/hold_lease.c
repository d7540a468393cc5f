/*
 * hold_lease FILE: holds a write lease on a file. Prints "held", and "broken" as soon as a process opens
 * the file. Keeps the lease until the end of standard input; then prints "kept" if it was not broken.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t broken;

static void on_break(int number)
{
	(void)number;
	broken = 1;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_break };
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
	int fd;

	if (argc != 2)
		return 2;
	sigaction(SIGIO, &action, NULL);
	fd = open(argv[1], O_RDWR | O_CLOEXEC);
	if (fd < 0 || fcntl(fd, F_SETLEASE, F_WRLCK) < 0) {
		perror(argv[1]);
		return 1;
	}
	puts("held");
	fflush(stdout);
	while (poll(&input, 1, -1) < 0 && errno == EINTR) {
		puts("broken");
		fflush(stdout);
	}
	if (!broken)
		puts(fcntl(fd, F_GETLEASE) == F_WRLCK ? "kept" : "broken");
	close(fd);
	return 0;
}
