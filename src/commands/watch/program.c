#include "commands/watch/program.h"

#include "base/descriptor.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* In the child: wait until the parent listens. If it has died, the program is not run. */
static int wait_at_gate(void *closure)
{
	const int *gate = closure;
	ssize_t length;
	char byte;

	close(gate[1]);
	do
		length = read(gate[0], &byte, 1);
	while (length < 0 && errno == EINTR);
	if (length != 1)
		_exit(STATUS_NOT_EXECUTABLE);
	return 0;
}

int program_start(struct program *program, const struct command_context *context)
{
	int gate[2];
	const struct child_request request = { .prepare = wait_at_gate, .closure = gate };
	struct error error;

	program->gate = -1;
	if (pipe2(gate, O_CLOEXEC) < 0) {
		error_set_errno(&error, errno, "can't be run");
		message_error(&context->message, context->program[0], &error);
		return -1;
	}
	if (child_start(context, &request, &program->child) < 0) {
		program->child.pid = 0;
		close(gate[0]);
		close(gate[1]);
		return -1;
	}
	close(gate[0]);
	program->gate = gate[1];
	lineage_begin(&program->lineage, program->child.pid);
	return 0;
}

void program_begin(struct program *program)
{
	(void)!write(program->gate, "", 1);
	close(program->gate);
	program->gate = -1;
}

bool program_caused(struct program *program, const struct event *event)
{
	const pid_t pid = event->process.pid;
	const bool is_own = pid != 0 && lineage_has(&program->lineage, pid);

	if (event->type == EVENT_LOST)
		return true;
	return used_objects_follow(&program->used, event, is_own) && (is_own || pid == 0);
}

bool program_has_exited(const struct program *program)
{
	siginfo_t info = { .si_pid = 0 };

	return waitid(P_PID, (id_t)program->child.pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
	       info.si_pid != 0;
}

int program_end(struct program *program, const struct command_context *context)
{
	int status;

	descriptor_close(program->gate);
	program->gate = -1;
	status = child_wait(context, &program->child);
	program->child.pid = 0;
	lineage_end(&program->lineage);
	used_objects_free(&program->used);
	return status;
}
