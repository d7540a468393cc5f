#include "commands/guard/supervise.h"

#include "base/clock.h"
#include "base/descriptor.h"
#include "commands/guard/descendants.h"
#include "commands/guard/foreground.h"
#include "commands/guard/middleman.h"
#include "commands/shared/child.h"
#include "events/makers.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

struct supervisor {
	struct foreground foreground;
	struct middlemen middlemen;
	struct descendants *descendants;
	pid_t program;           /* 0 until started */
	int signals;             /* of signalfd(2) */
	int failure;             /* errno, if the program could not be run */
	int lost;                /* errno, if the channel can't be read any more */
	unsigned int unreadable; /* failed reads of the channel, one after another */
	bool stopped;            /* the program stopped, and we have not yet */
	bool ended;
	siginfo_t end;                             /* of the program */
	const struct supervise_observer *observer; /* NULL for none */
	uint64_t next_look;                        /* by process_clock(), in milliseconds */
};

/* Looking may take at most a twentieth of the time. */
enum { LOOK_SHARE = 20 };

/* The number of failed reads after which the channel is given up. */
enum { UNREADABLE_MOST = 100 };

static void notify_look(struct supervisor *supervisor)
{
	const struct supervise_observer *observer = supervisor->observer;
	const uint64_t begin = process_clock();
	uint64_t pause;

	if (observer == NULL || observer->look == NULL ||
	    (begin < supervisor->next_look && !supervisor->ended))
		return;
	observer->look(observer->closure);
	/* Other events must not make it more frequent. */
	pause = (process_clock() - begin) * LOOK_SHARE;
	supervisor->next_look =
	    begin + (pause > (uint64_t)observer->period ? pause : (uint64_t)observer->period);
}

static void notify_ended(const struct supervisor *supervisor, pid_t pid, uint64_t begin,
                         uint64_t end)
{
	const struct supervise_observer *observer = supervisor->observer;

	if (observer != NULL && observer->ended != NULL)
		observer->ended(observer->closure, pid, begin, end);
}

/* Whether a terminal sent the signal, which goes to its whole foreground process group. */
static bool is_from_terminal(const struct signalfd_siginfo *info)
{
	return info->ssi_code == SI_KERNEL &&
	       (info->ssi_signo == SIGINT || info->ssi_signo == SIGQUIT ||
	        info->ssi_signo == SIGHUP || info->ssi_signo == SIGWINCH ||
	        info->ssi_signo == SIGTSTP);
}

static void pass_on(struct supervisor *supervisor, const struct signalfd_siginfo *info)
{
	const int number = (int)info->ssi_signo;
	union sigval value;

	if (number == SIGTSTP || number == SIGCONT)
		supervisor->foreground.asked = number == SIGTSTP;
	if (supervisor->program == 0)
		return;
	if (is_from_terminal(info) && getpgid(supervisor->program) == getpgrp())
		return;
	/* It may have been sent to the whole process group, and so to the program as well. */
	if (info->ssi_code != SI_KERNEL &&
	    descendants_have(supervisor->descendants, (pid_t)info->ssi_pid))
		return;
	if (info->ssi_code == SI_QUEUE) {
		memset(&value, 0, sizeof(value));
		value.sival_ptr = (void *)(uintptr_t)info->ssi_ptr;
		(void)sigqueue(supervisor->program, number, value);
	} else {
		(void)kill(supervisor->program, number);
	}
}

static void take_message(struct supervisor *supervisor, const struct middleman_message *message)
{
	switch (message->word) {
	case WORD_MIDDLEMAN:
		supervisor->middlemen.pids[1] = (pid_t)message->number;
		descendants_own(supervisor->descendants, (pid_t)message->number);
		break;
	case WORD_STARTED:
		supervisor->program = (pid_t)message->number;
		descendants_own(supervisor->descendants, supervisor->program);
		break;
	case WORD_FAILED:
		supervisor->failure = message->number;
		break;
	case WORD_STOPPED:
		supervisor->stopped = true;
		break;
	case WORD_REAPED:
		notify_ended(supervisor, (pid_t)message->number, message->begin, message->end);
		break;
	case WORD_ENDED:
		supervisor->end.si_pid = supervisor->program;
		supervisor->end.si_code = message->code;
		supervisor->end.si_status = message->number;
		supervisor->ended = true;
		break;
	}
}

static void close_channel(struct middlemen *middlemen)
{
	close(middlemen->channel);
	middlemen->channel = -1;
}

/* Whether a read(2) of a nonblocking descriptor failed for another reason than that it is empty. */
static bool is_unreadable(int number)
{
	return number != EAGAIN && number != EINTR;
}

/*
 * Retry, but not forever, since the descriptor stays readable. Without the messages, the middlemen
 * that stay until they are called have to end the program; another one exits with it.
 */
static void retry_channel(struct supervisor *supervisor)
{
	const int number = errno;

	if (supervisor->unreadable++ < UNREADABLE_MOST) {
		clock_pause();
		return;
	}
	supervisor->lost = number;
	close_channel(&supervisor->middlemen);
	(void)middlemen_call(&supervisor->middlemen, supervisor->descendants);
}

static void read_channel(struct supervisor *supervisor)
{
	struct middlemen *middlemen = &supervisor->middlemen;
	struct middleman_message message;

	while (middlemen->channel >= 0) {
		ssize_t length = read(middlemen->channel, &message, sizeof(message));
		if (length < 0) {
			if (is_unreadable(errno))
				retry_channel(supervisor);
			return;
		}
		supervisor->unreadable = 0;
		if (length != (ssize_t)sizeof(message)) {
			close_channel(middlemen);
			return;
		}
		take_message(supervisor, &message);
	}
}

/*
 * Reap orphans, which become our children only after the middlemen are gone. Other children are not
 * the program's: descendants_own().
 */
static void reap_orphans(const struct supervisor *supervisor)
{
	struct process_stat process;
	siginfo_t info;

	while (true) {
		memset(&info, 0, sizeof(info));
		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid == 0 ||
		    info.si_pid == supervisor->program)
			return;
		if (descendants_have(supervisor->descendants, info.si_pid) &&
		    process_read_stat(info.si_pid, &process) == 0)
			notify_ended(supervisor, info.si_pid, process_start(&process),
			             process_clock());
		(void)waitpid(info.si_pid, NULL, WNOHANG);
	}
}

static void look_at_program(struct supervisor *supervisor)
{
	siginfo_t info = { .si_pid = 0 };
	int result;

	if (supervisor->program == 0) {
		/* If no middleman is left to report it, the program was never started. */
		supervisor->ended = supervisor->middlemen.channel < 0;
		return;
	}
	result = child_has_ended(supervisor->program, &supervisor->end);
	if (result < 0)
		supervisor->failure = errno;
	if (supervisor->failure != 0 || result > 0) {
		supervisor->ended = true;
		return;
	}
	if (waitid(P_PID, (id_t)supervisor->program, &info, WSTOPPED | WNOHANG) == 0 &&
	    info.si_pid == supervisor->program)
		supervisor->stopped = true;
}

/* While a middleman is running, the program is its child. */
static void look_at_children(struct supervisor *supervisor)
{
	if (middlemen_live(&supervisor->middlemen))
		return;
	read_channel(supervisor);
	if (!supervisor->ended)
		look_at_program(supervisor);
	if (!supervisor->ended)
		reap_orphans(supervisor);
}

static void read_signals(struct supervisor *supervisor)
{
	struct signalfd_siginfo info;

	while (!supervisor->ended) {
		if (read(supervisor->signals, &info, sizeof(info)) != (ssize_t)sizeof(info)) {
			if (!is_unreadable(errno))
				return;
			/* It may have been a SIGCHLD. */
			clock_pause();
			look_at_children(supervisor);
			return;
		}
		if (info.ssi_signo == SIGCHLD)
			look_at_children(supervisor);
		else
			pass_on(supervisor, &info);
	}
}

static void wait_for_end(struct supervisor *supervisor)
{
	const struct supervise_observer *observer = supervisor->observer;
	const int period = observer != NULL && observer->look != NULL ? observer->period : -1;
	struct makers *makers = observer != NULL ? observer->makers : NULL;

	while (!supervisor->ended) {
		struct pollfd polled[] = {
			{ .fd = supervisor->middlemen.channel, .events = POLLIN },
			{ .fd = supervisor->signals, .events = POLLIN },
			{ .fd = observer != NULL && observer->descriptor != NULL
			            ? *observer->descriptor
			            : -1,
			  .events = POLLIN },
			{ .fd = makers != NULL ? makers_fd(makers) : -1, .events = POLLIN },
		};

		/* If memory runs out, retry shortly: the program has not exited. */
		if (poll(polled, sizeof(polled) / sizeof(polled[0]), period) < 0 &&
		    errno != EINTR) {
			clock_pause();
			polled[3].revents = POLLERR;
		}
		/* A process waits for it, perhaps on this processor. */
		if (polled[3].revents != 0 && makers != NULL)
			makers_read(makers);
		if (polled[3].revents == POLLIN && polled[0].revents == 0 &&
		    polled[1].revents == 0 && polled[2].revents == 0)
			continue;
		if (observer != NULL && polled[2].revents != 0)
			observer->readable(observer->closure);
		/*
		 * Read the channel first: the program's pid must be known before a signal is passed
		 * on.
		 */
		read_channel(supervisor);
		read_signals(supervisor);
		/* The signal that stops us as well may arrive after that message. */
		if (supervisor->stopped)
			foreground_follow_stop(&supervisor->foreground, supervisor->program);
		supervisor->stopped = false;
		notify_look(supervisor);
	}
}

/*
 * Block all signals except those that stop us for using the terminal in the background, and those
 * that report our own faults. The program decides about SIGTSTP, perhaps after restoring the
 * terminal; we follow.
 */
static void block_signals(struct middleman_request *request, sigset_t *ours)
{
	static const int others[] = { SIGTTIN, SIGTTOU, SIGSEGV, SIGBUS,
		                      SIGFPE,  SIGILL,  SIGTRAP, SIGSYS };
	const struct sigaction usual = { .sa_handler = SIG_DFL };
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &request->mask);
	/* If SIGCHLD is ignored, the exit status is lost. */
	sigaction(SIGCHLD, &usual, &request->child_ended);
	*ours = all;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		sigdelset(ours, others[i]);
}

static int start(struct supervisor *supervisor, const struct command_context *context, bool end_all)
{
	struct middleman_request request = {
		.program = context->program,
		.makers = supervisor->observer != NULL ? supervisor->observer->makers : NULL,
		.end_all = end_all,
		.grace = SUPERVISE_GRACE,
		.descendants = supervisor->descendants,
	};
	sigset_t ours;

	foreground_begin(&supervisor->foreground);
	block_signals(&request, &ours);
	supervisor->signals = signalfd(-1, &ours, SFD_CLOEXEC | SFD_NONBLOCK);
	if (supervisor->signals < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
		return -1;
	if (middlemen_start(&request, &supervisor->middlemen) < 0)
		return -1;
	descendants_own(supervisor->descendants, supervisor->middlemen.pids[0]);
	sigprocmask(SIG_SETMASK, &ours, NULL);
	return 0;
}

static int status_of(const siginfo_t *end)
{
	return end->si_code == CLD_EXITED ? end->si_status : STATUS_SIGNAL + end->si_status;
}

/* Print why the program has no status of its own; returns the one to exit with. */
static int report_failure(const struct supervisor *supervisor,
                          const struct command_context *context)
{
	struct error error;

	if (supervisor->lost == 0 || supervisor->failure != 0)
		return child_exec_failed(context, context->program[0],
		                         supervisor->failure != 0 ? supervisor->failure : EAGAIN);
	error_set_errno(&error, supervisor->lost, "its exit status can't be read");
	message_error(&context->message, context->program[0], &error);
	return STATUS_NOT_EXECUTABLE;
}

void supervise_run(const struct command_context *context, bool end_all,
                   const struct supervise_observer *observer, struct descendants *descendants,
                   struct supervised *result)
{
	struct supervisor supervisor = {
		.middlemen = { .channel = -1, .leash = -1 },
		.signals = -1,
		.observer = observer,
		.descendants = descendants,
	};
	const uint64_t begin = process_clock();

	memset(result, 0, sizeof(*result));
	result->descendants = descendants;
	result->begin = time(NULL);
	if (start(&supervisor, context, end_all) < 0)
		supervisor.failure = errno;
	else
		wait_for_end(&supervisor);
	foreground_end(&supervisor.foreground, supervisor.program);
	result->duration = process_clock() - begin;
	result->pid = supervisor.program;
	result->ran = supervisor.failure == 0 && supervisor.program > 0;
	if (result->ran)
		result->status = status_of(&supervisor.end);
	else
		result->status = report_failure(&supervisor, context);
	descriptor_close(supervisor.middlemen.channel);
	supervisor.middlemen.channel = -1;
	result->middlemen = supervisor.middlemen;
	descriptor_close(supervisor.signals);
}

int supervise_end_all(struct supervised *result, struct process_list *left)
{
	*left = (struct process_list){ .count = 0 };
	/* Leave it to the middlemen if they are running: they continue even if we are killed. */
	if (middlemen_call(&result->middlemen, result->descendants))
		return descendants_wait(result->descendants, 0, left);
	return descendants_end(result->descendants, SUPERVISE_GRACE, left);
}

void supervise_release(struct supervised *result)
{
	if (result->pid > 0)
		(void)waitpid(result->pid, NULL, WNOHANG);
	result->pid = 0;
}
