#include "commands/metrics/collector.h"

#include "base/descriptor.h"
#include "stream/transfer.h"
#include "system/privileges.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

struct timespec collector_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now;
}

double collector_seconds_since(struct timespec begin)
{
	const struct timespec now = collector_clock();
	const int64_t nanoseconds =
	    (int64_t)(now.tv_sec - begin.tv_sec) * 1000000000 + (now.tv_nsec - begin.tv_nsec);

	return (double)nanoseconds / 1e9;
}

/* In the child: collect, and write the samples to a pipe. */
_Noreturn static void collect(const struct command_context *context,
                              const struct collector *collector,
                              const struct metrics_request *request, int target)
{
	struct exposition exposition = { .last = NULL };
	struct error error;
	size_t written;
	int result;

	privileges_keep(PRIVILEGE_LOOK | PRIVILEGE_FOLLOW | PRIVILEGE_ENTER | PRIVILEGE_MOUNTS);
	result = collector->collect(context, request, &exposition, &error);
	if (result < 0)
		message_error(&context->message, collector->name, &error);
	if (transfer_write_all(target, exposition.text.data, exposition.text.used, &written) < 0)
		result = -1;
	_exit(result < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
}

static int read_all(int source, struct buffer *text)
{
	enum { BLOCK = 65536 };
	ssize_t count;

	do {
		count = read(source, buffer_reserve(text, BLOCK), BLOCK);
		if (count > 0)
			text->used += (size_t)count;
	} while (count > 0 || (count < 0 && errno == EINTR));
	return count < 0 ? -1 : 0;
}

/* The samples of a child that was killed may be incomplete, so they are dropped. */
static bool take(const struct command_context *context, const struct collector *collector,
                 int source, pid_t child, struct exposition *exposition)
{
	const size_t before = exposition->text.used;
	const bool is_read = read_all(source, &exposition->text) == 0;
	struct error error;
	int status;

	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (is_read && WIFEXITED(status))
		return WEXITSTATUS(status) == EXIT_SUCCESS;
	exposition->text.used = before;
	if (WIFSIGNALED(status))
		error_set(&error, STATUS_FAILED, "the process that collects was ended by signal %d",
		          WTERMSIG(status));
	else
		error_set(&error, STATUS_FAILED, "the metrics can't be read");
	message_error(&context->message, collector->name, &error);
	return false;
}

struct collector_result collector_run(const struct command_context *context,
                                      const struct collector *collector,
                                      const struct metrics_request *request,
                                      struct exposition *exposition)
{
	const struct timespec begin = collector_clock();
	const pid_t parent = getpid();
	struct collector_result result = { .is_success = false };
	struct error error;
	int ends[2] = { -1, -1 };
	pid_t child = -1;

	if (pipe2(ends, O_CLOEXEC) == 0)
		child = fork();
	if (child == 0) {
		close(ends[0]);
		/* Do not outlive the parent, not even if that is killed. */
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(EXIT_FAILURE);
		collect(context, collector, request, ends[1]);
	}
	if (child < 0) {
		error_set_errno(&error, errno, "no process can be created");
		message_error(&context->message, collector->name, &error);
	}
	descriptor_close(ends[1]);
	if (child > 0)
		result.is_success = take(context, collector, ends[0], child, exposition);
	descriptor_close(ends[0]);
	/* The child has described the metrics. */
	exposition->last = NULL;
	result.seconds = collector_seconds_since(begin);
	return result;
}
