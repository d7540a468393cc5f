#include "system/remote_call.h"

#include "base/clock.h"
#include "system/linux.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * The total time spent on calls that do not end, since any user can create thousands of namespaces.
 * When it is used up, each call gets LEAST_MS, many times what a healthy one needs.
 */
enum { PATIENCE_MS = 5000, LEAST_MS = 50 };

static int64_t patience = PATIENCE_MS;

int remote_call_wait(int source)
{
	const int64_t begin = (int64_t)clock_milliseconds(CLOCK_MONOTONIC);
	const int64_t end = begin + (patience > LEAST_MS ? patience : LEAST_MS);
	struct pollfd poll_for = { .fd = source, .events = POLLIN };
	int64_t left;

	while ((left = end - (int64_t)clock_milliseconds(CLOCK_MONOTONIC)) > 0) {
		const int ready = poll(&poll_for, 1, (int)left);

		if (ready > 0)
			return 0;
		if (ready < 0 && errno != EINTR)
			return -1;
	}
	patience -= (int64_t)clock_milliseconds(CLOCK_MONOTONIC) - begin;
	errno = ETIMEDOUT;
	return -1;
}

void remote_call_end(pid_t child, bool is_blocked)
{
	kill(child, SIGKILL);
	/* While it is blocked in the kernel, not even SIGKILL ends it. */
	(void)waitpid(child, NULL, is_blocked ? WNOHANG : 0);
}

/*
 * A child that is blocked forever must not keep inherited descriptors open, such as a pipe that is
 * our standard output, whose reader waits for end of file.
 */
static void keep_only(int target)
{
	const int none = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (dup2(target, STDERR_FILENO + 1) < 0)
		_exit(EXIT_FAILURE);
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (none < 0 || dup2(none, fd) < 0)
			close(fd);
	}
	if (syscall(SYS_close_range, STDERR_FILENO + 2, ~0U, 0U) == 0)
		return;
	for (int fd = STDERR_FILENO + 2; fd < (int)sysconf(_SC_OPEN_MAX); fd++)
		close(fd);
}

int remote_call(remote_call_fn *call, const void *argument, void *answer, size_t size)
{
	int failure = 0;
	ssize_t length;
	int ends[2];
	pid_t child;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	child = fork();
	if (child == 0) {
		char room[REMOTE_CALL_ANSWER_MAX] = { 0 };

		keep_only(ends[1]);
		call(argument, room);
		_exit(write(STDERR_FILENO + 1, room, size) == (ssize_t)size ? EXIT_SUCCESS
		                                                            : EXIT_FAILURE);
	}
	if (child < 0)
		failure = errno;
	close(ends[1]);
	if (child > 0 && remote_call_wait(ends[0]) < 0) {
		failure = errno;
	} else if (child > 0) {
		length = read(ends[0], answer, size);
		if (length != (ssize_t)size)
			failure = length < 0 ? errno : EIO;
	}
	close(ends[0]);
	if (child > 0)
		remote_call_end(child, failure == ETIMEDOUT);
	errno = failure;
	return failure != 0 ? -1 : 0;
}
