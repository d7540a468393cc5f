#include "commands/guard/middleman.h"

#include "commands/guard/descendants.h"
#include "commands/shared/child.h"
#include "system/linux.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* As many as a process usually may have. */
enum { DESCRIPTORS = 1024 };

/* If nobody reads it, or not fast enough, it is lost: the channel does not wait. */
static void tell(int channel, enum middleman_word word, int number)
{
	const struct middleman_message message = { .word = word, .number = number };

	(void)!write(channel, &message, sizeof(message));
}

/* Once it is waited for, nothing is known of it any more. */
static void reap(int channel, pid_t orphan)
{
	struct middleman_message message = { .word = WORD_REAPED, .number = orphan };
	struct process_stat process;

	if (process_numbers_are_ours() && process_read_stat(orphan, &process) == 0) {
		message.begin = process_start(&process);
		message.end = process_clock();
		(void)!write(channel, &message, sizeof(message));
	}
	(void)waitpid(orphan, NULL, WNOHANG);
}

/* The channel is closed by a successful execvp(3). */
static _Noreturn void become(const struct middleman_request *request, int channel)
{
	tell(channel, WORD_STARTED, getpid());
	sigaction(SIGCHLD, &request->child_ended, NULL);
	/* What main() has changed for ourselves. */
	signal(SIGXFSZ, SIG_DFL);
	sigprocmask(SIG_SETMASK, &request->mask, NULL);
	execvp(request->program[0], request->program);
	tell(channel, WORD_FAILED, errno);
	_exit(STATUS_NOT_EXECUTABLE);
}

/* Wait for the orphans that have ended; tell whether the program has. It is left to the supervisor. */
static bool has_ended(pid_t program, int channel)
{
	siginfo_t info;

	while (true) {
		/* It must be asked for first: among all, a process that isn't waited for hides others. */
		memset(&info, 0, sizeof(info));
		if (waitid(P_PID, (id_t)program, &info, WEXITED | WNOHANG | WNOWAIT) < 0 ||
		    info.si_pid == program)
			return true;
		memset(&info, 0, sizeof(info));
		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid == 0)
			return false;
		if (info.si_pid == program)
			return true;
		reap(channel, info.si_pid);
	}
}

static bool was_stopped(pid_t program)
{
	siginfo_t info = { .si_pid = 0 };

	return waitid(P_PID, (id_t)program, &info, WSTOPPED | WNOHANG) == 0 &&
	       info.si_pid == program;
}

static void close_from_to(int first, unsigned int last)
{
	/* Older kernels, and filters of system calls that are, do not know it. */
	if (syscall(SYS_close_range, first, last, 0) == 0)
		return;
	for (unsigned int fd = (unsigned int)first; fd <= last && fd < DESCRIPTORS; fd++)
		close((int)fd);
}

/* Nothing of what others wait for the end of, and nothing that the kernel would go on to fill. */
static void close_all_but(int channel)
{
	if (channel > STDERR_FILENO + 1)
		close_from_to(STDERR_FILENO + 1, (unsigned int)channel - 1);
	close_from_to(channel + 1, UINT_MAX);
}

static void end_all(const struct middleman_request *request)
{
	struct process_list left;

	if (descendants_end(0, request->grace, &left) == 0)
		process_list_free(&left);
}

static _Noreturn void stand_between(const struct middleman_request *request, pid_t supervisor,
                                    int channel)
{
	sigset_t child_ended;
	pid_t program;

	(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
	program = fork();
	if (program == 0)
		become(request, channel);
	if (program < 0) {
		tell(channel, WORD_FAILED, errno);
		_exit(STATUS_NOT_EXECUTABLE);
	}
	close_all_but(channel);
	/* The end of the supervisor is told by the same signal as that of a child. */
	(void)prctl(PR_SET_PDEATHSIG, SIGCHLD);
	sigemptyset(&child_ended);
	sigaddset(&child_ended, SIGCHLD);
	while (!has_ended(program, channel)) {
		if (was_stopped(program))
			tell(channel, WORD_STOPPED, 0);
		if (getppid() != supervisor && request->end_all) {
			end_all(request);
			break;
		}
		(void)sigwaitinfo(&child_ended, NULL);
	}
	_exit(0);
}

pid_t middleman_start(const struct middleman_request *request, int *channel)
{
	const pid_t supervisor = getpid();
	pid_t middleman;
	int ends[2];
	int saved;

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
		return -1;
	middleman = fork();
	if (middleman == 0) {
		close(ends[0]);
		stand_between(request, supervisor, ends[1]);
	}
	saved = errno;
	close(ends[1]);
	if (middleman < 0)
		close(ends[0]);
	*channel = ends[0];
	errno = saved;
	return middleman;
}
