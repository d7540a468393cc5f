#include "commands/shared/child.h"

#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { INT, QUIT, TERM, HUP, CHLD };
static const int child_signals[CHILD_SIGNALS] = {
	[INT] = SIGINT, [QUIT] = SIGQUIT, [TERM] = SIGTERM, [HUP] = SIGHUP, [CHLD] = SIGCHLD
};

/* The child that signals are passed on to. Global because a signal handler reads it. */
static volatile sig_atomic_t child;

static void pass_on(int number)
{
	if (child > 0)
		kill((pid_t)child, number);
}

/*
 * execvp(3) also fails with EACCES if no program is found but a directory in PATH can't be
 * searched.
 */
static bool is_in_path(const char *program)
{
	const char *path = getenv("PATH");
	char file[PATH_MAX];

	if (strchr(program, '/') != NULL || path == NULL)
		return true;
	while (*path != '\0') {
		size_t length = strcspn(path, ":");

		snprintf(file, sizeof(file), "%.*s/%s", (int)length, path, program);
		if (access(file, F_OK) == 0)
			return true;
		path += length + (path[length] == ':');
	}
	return false;
}

int child_exec_failed(const struct command_context *context, const char *program, int number)
{
	struct error error;

	if (number == EACCES && !is_in_path(program))
		number = ENOENT;
	if (number == ENOENT)
		error_set(&error, STATUS_FAILED, "no such program");
	else
		error_set_errno(&error, number, "can't be run");
	message_error(&context->message, program, &error);
	return number == ENOENT ? STATUS_NOT_FOUND : STATUS_NOT_EXECUTABLE;
}

/* A successful execvp(3) closes the pipe; a failed one writes errno to it. */
static void become(const struct command_context *context, const struct child_request *request,
                   int failure_pipe, const sigset_t *mask,
                   const struct sigaction before[CHILD_SIGNALS])
{
	for (size_t i = 0; i < CHILD_SIGNALS; i++)
		sigaction(child_signals[i], &before[i], NULL);
	sigprocmask(SIG_SETMASK, mask, NULL);
	/* Undo what main() set for shmtool only. */
	signal(SIGXFSZ, SIG_DFL);
	if ((request->prepare == NULL || request->prepare(request->closure) == 0) &&
	    (request->ref == NULL || setenv("SHMTOOL_REF", request->ref, 1) == 0))
		execvp(context->program[0], context->program);
	(void)!write(failure_pipe, &errno, sizeof(errno));
	_exit(STATUS_NOT_EXECUTABLE);
}

/*
 * The terminal sends ^C and ^\ to the program as well, and the program decides what they mean;
 * shmtool waits until it exits.
 */
static void set_signals(struct sigaction before[CHILD_SIGNALS], sigset_t *mask)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct sigaction pass = { .sa_handler = pass_on, .sa_flags = SA_RESTART };
	struct sigaction usual = { .sa_handler = SIG_DFL };
	sigset_t none_yet;

	sigemptyset(&none_yet);
	for (size_t i = 0; i < CHILD_SIGNALS; i++)
		sigaddset(&none_yet, child_signals[i]);
	sigprocmask(SIG_BLOCK, &none_yet, mask);
	for (size_t i = 0; i < CHILD_SIGNALS; i++) {
		sigaction(child_signals[i], NULL, &before[i]);
		if (i < CHLD && before[i].sa_handler != SIG_IGN)
			sigaction(child_signals[i], i <= QUIT ? &ignore : &pass, NULL);
	}
	/* If SIGCHLD is ignored, the exit status is lost. */
	sigaction(SIGCHLD, &usual, NULL);
}

static void restore_signals(const struct child *started)
{
	child = 0;
	for (size_t i = 0; i < CHILD_SIGNALS; i++)
		sigaction(child_signals[i], &started->before[i], NULL);
}

int child_start(const struct command_context *context, const struct child_request *request,
                struct child *started)
{
	int failure_pipe[2];
	struct error error;
	sigset_t mask;

	if (pipe2(failure_pipe, O_CLOEXEC) < 0)
		goto failed;
	set_signals(started->before, &mask);
	started->pid = fork();
	if (started->pid == 0)
		become(context, request, failure_pipe[1], &mask, started->before);
	child = started->pid;
	started->failure = failure_pipe[0];
	close(failure_pipe[1]);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	if (started->pid > 0)
		return 0;
	close(failure_pipe[0]);
	restore_signals(started);
failed:
	error_set_errno(&error, errno, "can't be run");
	message_error(&context->message, context->program[0], &error);
	return -1;
}

int child_wait(const struct command_context *context, struct child *started)
{
	int failure = 0;
	int status = 0;
	ssize_t length;
	pid_t ended;

	do
		length = read(started->failure, &failure, sizeof(failure));
	while (length < 0 && errno == EINTR);
	do
		ended = waitpid(started->pid, &status, 0);
	while (ended < 0 && errno == EINTR);
	close(started->failure);
	restore_signals(started);
	if (length == (ssize_t)sizeof(failure))
		return child_exec_failed(context, context->program[0], failure);
	return WIFSIGNALED(status) ? STATUS_SIGNAL + WTERMSIG(status) : WEXITSTATUS(status);
}

int child_run(const struct command_context *context, const char *ref)
{
	const struct child_request request = { .ref = ref };
	struct child started;

	if (child_start(context, &request, &started) < 0)
		return STATUS_NOT_EXECUTABLE;
	return child_wait(context, &started);
}

int child_has_ended(pid_t pid, siginfo_t *end)
{
	int result;

	do {
		memset(end, 0, sizeof(*end));
		result = waitid(P_PID, (id_t)pid, end, WEXITED | WNOHANG | WNOWAIT);
	} while (result < 0 && errno == EINTR);
	return result < 0 ? -1 : end->si_pid == pid;
}

int child_run_for_file(const struct command_context *context, const char *path)
{
	char *absolute = realpath(path, NULL);
	char *ref = needed_text("file:%s", absolute != NULL ? absolute : path);
	const int status = child_run(context, ref);

	free(ref);
	free(absolute);
	return status;
}
