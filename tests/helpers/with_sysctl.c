/*
 * with_sysctl PATH VALUE -- CMD...: runs CMD while the file PATH (under /proc/sys or /sys) holds
 * VALUE, and restores the old value: when CMD ends, when CMD is killed, and even when this program
 * itself is killed, by any signal.
 *
 * The last is done by a guardian process in a session of its own. It waits for the end of a pipe
 * whose only writer is this program, so it notices every kind of death.
 *
 * Returns CMD's status (128+N for signal N), or 77 if the kernel rejects the value.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CANNOT_SET = 77, VALUE_MAX = 256 };

static int read_value(const char *path, char value[VALUE_MAX])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd == -1 ? -1 : read(fd, value, VALUE_MAX - 1);

	if (fd != -1)
		close(fd);
	if (length == -1)
		return -1;
	value[length] = '\0';
	value[strcspn(value, "\n")] = '\0';
	return 0;
}

static int write_value(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t length = fd == -1 ? -1 : write(fd, value, strlen(value));

	if (fd != -1)
		close(fd);
	return length == -1 ? -1 : 0;
}

/*
 * Reports through ready that it is out of reach of signals to the group, waits until no process
 * holds the other end of life, and restores the value.
 */
static void guard(int life, int ready, const char *path, const char *value)
{
	char byte = 0;

	setsid();
	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_IGN);
	if (write(ready, &byte, 1) != 1)
		_exit(1);
	/* The test runner waits for the end of its pipes, so close them. */
	for (int fd = 0; fd < 256; fd++) {
		if (fd != life)
			close(fd);
	}
	while (read(life, &byte, 1) > 0)
		;
	_exit(write_value(path, value) == -1 ? 1 : 0);
}

static int run(char **command)
{
	int status;
	pid_t child = fork();

	if (child == -1)
		return 126;
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execvp(command[0], command);
		perror(command[0]);
		_exit(127);
	}
	if (waitpid(child, &status, 0) == -1)
		return 126;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int main(int argc, char **argv)
{
	char old[VALUE_MAX];
	char now[VALUE_MAX];
	int life[2];
	int ready[2];
	char byte;
	int status;

	if (argc < 5 || strcmp(argv[3], "--") != 0) {
		fprintf(stderr, "usage: with_sysctl PATH VALUE -- CMD...\n");
		return 2;
	}
	if (read_value(argv[1], old) == -1 || pipe2(life, O_CLOEXEC) == -1 ||
	    pipe2(ready, O_CLOEXEC) == -1) {
		perror(argv[1]);
		return CANNOT_SET;
	}
	pid_t guardian = fork();

	if (guardian == -1) {
		perror("with_sysctl: fork");
		return CANNOT_SET;
	}
	if (guardian == 0)
		guard(life[0], ready[1], argv[1], old);
	close(life[0]);
	close(ready[1]);
	if (read(ready[0], &byte, 1) != 1) {
		fprintf(stderr, "with_sysctl: the guardian does not start\n");
		return CANNOT_SET;
	}
	if (write_value(argv[1], argv[2]) == -1 || read_value(argv[1], now) == -1 ||
	    strcmp(now, argv[2]) != 0) {
		fprintf(stderr, "with_sysctl: %s rejects %s\n", argv[1], argv[2]);
		status = CANNOT_SET;
	} else {
		status = run(argv + 4);
	}
	close(life[1]);
	waitpid(guardian, NULL, 0);
	return status;
}
