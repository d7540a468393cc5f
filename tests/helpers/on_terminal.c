/*
 * on_terminal WIDTHxHEIGHT PROGRAM [ARGUMENT...]: run a program on a terminal of its own.
 *
 * Everything that the program prints goes to standard output, with "\r\n" as "\n"; the program's
 * keyboard is standard input. The status is that of the program, 128 + N if signal N ended it.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void fail(const char *what)
{
	perror(what);
	exit(99);
}

/* In the child: become the session whose terminal this is, and run the program. */
static void run(const char *terminal, const struct winsize *size, char **argv)
{
	int fd;

	setsid();
	fd = open(terminal, O_RDWR);
	if (fd < 0 || ioctl(fd, TIOCSCTTY, 0) < 0 || ioctl(fd, TIOCSWINSZ, size) < 0)
		fail(terminal);
	for (int i = 0; i < 3; i++)
		dup2(fd, i);
	if (fd > 2)
		close(fd);
	signal(SIGPIPE, SIG_DFL);
	execvp(argv[0], argv);
	fail(argv[0]);
}

/* Returns false when the program and all others have closed the terminal. */
static bool copy_output(int terminal)
{
	char text[4096];
	ssize_t length = read(terminal, text, sizeof(text));

	if (length < 0 && errno == EINTR)
		return true;
	for (ssize_t i = 0; i < length; i++) {
		if (text[i] != '\r')
			putchar(text[i]);
	}
	fflush(stdout);
	return length > 0;
}

static bool copy_input(int terminal)
{
	char text[256];
	ssize_t length = read(STDIN_FILENO, text, sizeof(text));

	return length > 0 && write(terminal, text, (size_t)length) == length;
}

int main(int argc, char **argv)
{
	struct winsize size = { .ws_row = 0 };
	struct pollfd wanted[2];
	int status;
	pid_t child;
	int terminal;

	if (argc < 3 || sscanf(argv[1], "%hux%hu", &size.ws_col, &size.ws_row) != 2) {
		fprintf(stderr, "usage: on_terminal WIDTHxHEIGHT PROGRAM [ARGUMENT...]\n");
		return 99;
	}
	terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (terminal < 0 || grantpt(terminal) < 0 || unlockpt(terminal) < 0)
		fail("posix_openpt");
	child = fork();
	if (child < 0)
		fail("fork");
	if (child == 0)
		run(ptsname(terminal), &size, argv + 2);
	wanted[0] = (struct pollfd){ .fd = terminal, .events = POLLIN };
	wanted[1] = (struct pollfd){ .fd = STDIN_FILENO, .events = POLLIN };
	for (;;) {
		if (poll(wanted, 2, -1) < 0 && errno != EINTR)
			fail("poll");
		if ((wanted[1].revents & (POLLIN | POLLHUP)) && !copy_input(terminal))
			wanted[1].fd = -1;
		if ((wanted[0].revents & (POLLIN | POLLHUP)) && !copy_output(terminal))
			break;
	}
	if (waitpid(child, &status, 0) < 0)
		fail("waitpid");
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
