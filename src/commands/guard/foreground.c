#include "commands/guard/foreground.h"

#include "system/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

/*
 * A stop or continue from the terminal reaches us and the program one after the other. Only a stop
 * that lasts longer than this is a stop of the program alone; in nanoseconds.
 */
enum { STOP_LASTS = 50000000 };

void foreground_begin(struct foreground *foreground)
{
	foreground->asked = false;
	foreground->terminal = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	foreground->ours =
	    foreground->terminal >= 0 && tcgetpgrp(foreground->terminal) == getpgrp();
}

/* A background process can do that only with SIGTTOU blocked. */
static void give_terminal(const struct foreground *foreground, pid_t group)
{
	sigset_t output;
	sigset_t before;

	sigemptyset(&output);
	sigaddset(&output, SIGTTOU);
	sigprocmask(SIG_BLOCK, &output, &before);
	(void)tcsetpgrp(foreground->terminal, group);
	sigprocmask(SIG_SETMASK, &before, NULL);
}

/* Check whether a process that was stopped still is, as far as is known. */
static bool is_stopped(pid_t pid)
{
	struct process_stat process;

	return process_read_stat(pid, &process) < 0 ? process_lives(pid) : process.state == 'T';
}

/*
 * Stop our whole process group, as the terminal's SIGTSTP does. The kernel does not stop an
 * orphaned process group; the arrival of SIGCONT shows whether it did.
 */
static bool stop_ourselves(void)
{
	const struct timespec at_once = { .tv_sec = 0 };
	sigset_t go_on;
	sigset_t stop;
	sigset_t before;

	sigemptyset(&go_on);
	sigaddset(&go_on, SIGCONT);
	sigemptyset(&stop);
	sigaddset(&stop, SIGTSTP);
	/* Discard a pending SIGCONT, which would look like the answer. */
	while (sigtimedwait(&go_on, NULL, &at_once) == SIGCONT)
		;
	(void)kill(0, SIGTSTP);
	sigprocmask(SIG_UNBLOCK, &stop, &before);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return sigtimedwait(&go_on, NULL, &at_once) == SIGCONT;
}

void foreground_follow_stop(struct foreground *foreground, pid_t program)
{
	const struct timespec lasts = { .tv_nsec = STOP_LASTS };
	pid_t owner;

	if (!foreground->ours && !foreground->asked)
		return;
	(void)nanosleep(&lasts, NULL);
	if (!is_stopped(program))
		return;
	foreground->asked = false;
	owner = tcgetpgrp(foreground->terminal);
	if (!stop_ourselves())
		return;
	/* In the background, the program continues without the terminal. */
	if (owner > 0 && owner == getpgid(program) && tcgetpgrp(foreground->terminal) == getpgrp())
		give_terminal(foreground, owner);
	(void)kill(-getpgid(program), SIGCONT);
}

void foreground_end(struct foreground *foreground, pid_t program)
{
	pid_t owner;

	if (foreground->terminal < 0)
		return;
	owner = tcgetpgrp(foreground->terminal);
	if (foreground->ours && owner > 0 && owner != getpgrp() &&
	    (owner == getpgid(program) || (kill(-owner, 0) < 0 && errno == ESRCH)))
		give_terminal(foreground, getpgrp());
	close(foreground->terminal);
	foreground->terminal = -1;
}
