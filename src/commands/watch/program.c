#include "commands/watch/program.h"

#include "base/clock.h"
#include "base/descriptor.h"
#include "events/makers.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/* How often a failed poll(2) is tried again. */
enum { POLL_TRIES = 100 };

/* Data that the child needs before it begins. */
struct entrance {
	int gate[2];
	const struct makers *makers;
};

/* In the child: wait until the parent listens. If it has died, the program is not run. */
static int wait_at_gate(void *closure)
{
	const struct entrance *entrance = closure;
	ssize_t length;
	char byte;

	close(entrance->gate[1]);
	if (makers_install(entrance->makers) < 0)
		return -1;
	do
		length = read(entrance->gate[0], &byte, 1);
	while (length < 0 && errno == EINTR);
	if (length != 1)
		_exit(STATUS_NOT_EXECUTABLE);
	return 0;
}

/* Wait for the listener of the child, or its refusal, which comes in any case. */
static void receive_listener(struct program *program, const struct command_context *context)
{
	struct pollfd polled = { .fd = makers_fd(program->makers), .events = POLLIN };
	struct error error;

	for (int tries = 0; poll(&polled, 1, -1) < 0 && tries < POLL_TRIES; tries++)
		clock_pause();
	makers_read(program->makers);
	if (!makers_listen(program->makers, &error))
		message_note(&context->message, NULL, "%s", error.text);
	else if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0 && geteuid() != 0)
		message_note(&context->message, context->program[0],
		             "runs with no_new_privs: programs such as sudo(8) gain no privileges "
		             "in it");
}

int program_start(struct program *program, const struct command_context *context, bool needs_makers)
{
	static const struct makers_request makers_request = { .uses = true };
	struct entrance entrance;
	const struct child_request request = { .prepare = wait_at_gate, .closure = &entrance };
	struct error error;

	program->gate = -1;
	if (pipe2(entrance.gate, O_CLOEXEC) < 0) {
		error_set_errno(&error, errno, "can't be run");
		message_error(&context->message, context->program[0], &error);
		return -1;
	}
	if (needs_makers) {
		program->makers = makers_prepare(&makers_request, &error);
		/* The other sources would lack descriptors as well. */
		if (program->makers == NULL && (error.number == EMFILE || error.number == ENFILE)) {
			message_error(&context->message, NULL, &error);
			close(entrance.gate[0]);
			close(entrance.gate[1]);
			return -1;
		}
		if (program->makers == NULL)
			message_note(&context->message, NULL, "%s", error.text);
	}
	entrance.makers = program->makers;
	if (child_start(context, &request, &program->child) < 0) {
		program->child.pid = 0;
		close(entrance.gate[0]);
		close(entrance.gate[1]);
		makers_free(program->makers);
		return -1;
	}
	close(entrance.gate[0]);
	program->gate = entrance.gate[1];
	lineage_begin(&program->lineage, program->child.pid);
	if (program->makers != NULL)
		receive_listener(program, context);
	return 0;
}

struct makers *program_listener(const struct program *program)
{
	return program->makers != NULL && makers_listen(program->makers, NULL) ? program->makers
	                                                                       : NULL;
}

int program_makers_fd(const struct program *program)
{
	return program->makers != NULL ? makers_fd(program->makers) : -1;
}

void program_read_makers(struct program *program, bool finish)
{
	if (program->makers == NULL)
		return;
	if (!makers_are_observed(program->makers))
		makers_read(program->makers);
	if (finish)
		makers_finish(program->makers);
}

/* The command of a command line: the name of its file. */
static void set_command(char command[COMMAND_SIZE], const char *cmdline)
{
	const size_t length = strcspn(cmdline, " ");
	const char *slash = memrchr(cmdline, '/', length);
	const char *name = slash != NULL ? slash + 1 : cmdline;

	snprintf(command, COMMAND_SIZE, "%.*s", (int)(cmdline + length - name), name);
}

void program_complete(struct program *program, struct event *event)
{
	const struct make *make = NULL;

	if (program->makers == NULL || event->type != EVENT_CREATED || event->object == NULL ||
	    event->process.command[0] != '\0')
		return;
	if (event->process.pid == 0)
		make = makers_take(program->makers, event->object);
	if (make == NULL)
		make = makers_find(program->makers, event->object);
	if (make == NULL)
		return;
	lineage_add(&program->lineage, make->maker->pid);
	event->process.pid = make->maker->pid;
	event->process.cmdline = make->maker->cmdline;
	/* With no_new_privs, its processes do not gain another user. */
	if (event->process.uid == (uid_t)-1)
		event->process.uid = geteuid();
	if (make->maker->cmdline != NULL)
		set_command(event->process.command, make->maker->cmdline);
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
	siginfo_t end;

	return child_has_ended(program->child.pid, &end) > 0;
}

int program_end(struct program *program, const struct command_context *context)
{
	int status;

	descriptor_close(program->gate);
	program->gate = -1;
	/* It may be waiting in a call. */
	if (program->makers != NULL)
		makers_finish(program->makers);
	status = child_wait(context, &program->child);
	makers_free(program->makers);
	program->makers = NULL;
	program->child.pid = 0;
	lineage_end(&program->lineage);
	used_objects_free(&program->used);
	return status;
}
