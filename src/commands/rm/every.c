#include "commands/rm/every.h"

#include "output/message.h"
#include "output/stdout.h"
#include "stream/interrupt.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

static enum exit_status fail(const struct command_context *context, const char *subject,
                             const char *sentence)
{
	struct error error;

	error_set_errno(&error, errno, "%s", sentence);
	message_error(&context->message, subject, &error);
	return STATUS_FAILED;
}

/* A round in a new process, which forgets all that the last round has learned of the machine. */
static enum exit_status run_apart(const struct command_context *context, every_fn *round,
                                  void *closure)
{
	const pid_t child = fork();
	int status;

	if (child < 0)
		return fail(context, NULL, "no process can be started");
	if (child == 0) {
		enum exit_status done;

		interrupt_release();
		done = round(closure);
		if (stdout_flush() < 0)
			done = fail(context, "standard output", "can't be written");
		_exit((int)done);
	}
	while (waitpid(child, &status, 0) < 0) {
		if (errno != EINTR)
			return fail(context, NULL, "the end of the process is unknown");
	}
	return WIFEXITED(status) ? (enum exit_status)WEXITSTATUS(status) : STATUS_FAILED;
}

enum exit_status every_run(const struct command_context *context, uint64_t seconds, every_fn *round,
                           void *closure)
{
	enum exit_status status;

	interrupt_hold();
	do
		status = run_apart(context, round, closure);
	while (interrupt_wait_seconds(seconds) == 0);
	interrupt_forget();
	return status;
}
