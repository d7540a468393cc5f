#include "commands/guard/middleman.h"

#include "base/descriptor.h"
#include "commands/guard/descendants.h"
#include "commands/shared/child.h"
#include "events/makers.h"
#include "system/linux.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* The usual limit of descriptors of a process. */
enum { DESCRIPTORS = 1024 };

/* One middleman. */
struct post {
	const struct middleman_request *request;
	pid_t group;   /* the process group of the supervisor and the program */
	pid_t lower;   /* the middleman below; 0 if none or exited */
	pid_t program; /* 0 until known */
	int channel;   /* to the supervisor */
	int leash;     /* hangs up when the middlemen are called; -1 for none */
	int started;   /* where the upper one reads the program's pid; -1 at end of file */
	int signals;   /* of signalfd(2), for SIGCHLD */
	bool ended;    /* the program */
	bool reported; /* the exit of the program, to the supervisor */
	siginfo_t end;
};

/* The channel is nonblocking: a message is lost if the reader is gone or too slow. */
static void send_word(int channel, enum middleman_word word, int number)
{
	const struct middleman_message message = { .word = word, .number = number };

	(void)!write(channel, &message, sizeof(message));
}

/* Report the orphan before reaping it, since nothing is known of it afterwards. */
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

/*
 * Execute the program. A successful execvp(3) closes the pipes.
 *
 * @param started  the upper middleman's pipe, -1 for none
 */
static _Noreturn void become(const struct post *post, int started)
{
	const struct middleman_request *request = post->request;
	const pid_t self = getpid();

	/* The supervisor is in this group, so it exists as long as the supervisor. */
	if (getpgrp() != post->group && setpgid(0, post->group) < 0)
		_exit(STATUS_NOT_EXECUTABLE);
	if (started >= 0)
		(void)!write(started, &self, sizeof(self));
	send_word(post->channel, WORD_STARTED, self);
	if (makers_install(request->makers) < 0) {
		send_word(post->channel, WORD_FAILED, errno);
		_exit(STATUS_NOT_EXECUTABLE);
	}
	sigaction(SIGCHLD, &request->child_ended, NULL);
	/* Undo what main() set for shmtool only. */
	signal(SIGXFSZ, SIG_DFL);
	sigprocmask(SIG_SETMASK, &request->mask, NULL);
	execvp(request->program[0], request->program);
	send_word(post->channel, WORD_FAILED, errno);
	_exit(STATUS_NOT_EXECUTABLE);
}

static bool has_hung_up(int leash)
{
	struct pollfd polled = { .fd = leash };

	return leash >= 0 && poll(&polled, 1, 0) > 0 && polled.revents != 0;
}

/* If the pipe is full, the message is sent again later: see wait_for_more(). */
static void send_end(struct post *post)
{
	const struct middleman_message message = {
		.word = WORD_ENDED,
		.number = post->end.si_status,
		.code = post->end.si_code,
	};

	if (!post->ended || post->reported || !post->request->end_all)
		return;
	post->reported =
	    write(post->channel, &message, sizeof(message)) == (ssize_t)sizeof(message) ||
	    errno != EAGAIN;
}

static void look_at_lower(struct post *post)
{
	siginfo_t info = { .si_pid = 0 };

	if (post->lower == 0)
		return;
	/* Continue the lower one if the program stopped it, mistaking it for its shell. */
	if (waitid(P_PID, (id_t)post->lower, &info, WSTOPPED | WNOHANG) == 0 &&
	    info.si_pid == post->lower)
		(void)kill(post->lower, SIGCONT);
	if (waitpid(post->lower, NULL, WNOHANG) != 0)
		post->lower = 0;
}

static void read_started(struct post *post)
{
	ssize_t length;

	if (post->started < 0)
		return;
	length = read(post->started, &post->program, sizeof(post->program));
	if (length < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (length != (ssize_t)sizeof(post->program))
		post->program = 0;
	close(post->started);
	post->started = -1;
}

/* While there is a lower middleman, the program is its child. The program is not reaped here. */
static void look_at_program(struct post *post)
{
	siginfo_t info = { .si_pid = 0 };

	if (post->ended || post->program == 0 || post->lower > 0)
		return;
	if (child_has_ended(post->program, &post->end) != 0)
		post->ended = true;
	else if (waitid(P_PID, (id_t)post->program, &info, WSTOPPED | WNOHANG) == 0 &&
	         info.si_pid == post->program)
		send_word(post->channel, WORD_STOPPED, 0);
}

/* waitid(2) for any child would return the same unreaped process again, so query each child. */
static void reap_listed(const struct post *post)
{
	struct pid_list children;
	siginfo_t info;

	if (process_list_children(getpid(), &children) < 0)
		return;
	for (size_t i = 0; i < children.count; i++) {
		memset(&info, 0, sizeof(info));
		if (children.pids[i] != post->program && children.pids[i] != post->lower &&
		    waitid(P_PID, (id_t)children.pids[i], &info, WEXITED | WNOHANG | WNOWAIT) ==
		        0 &&
		    info.si_pid != 0)
			reap(post->channel, children.pids[i]);
	}
	pid_list_free(&children);
}

static void reap_orphans(const struct post *post)
{
	siginfo_t info;

	while (!post->ended) {
		memset(&info, 0, sizeof(info));
		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid == 0)
			return;
		/* It exited just now, and is handled later. */
		if (info.si_pid == post->program || info.si_pid == post->lower)
			return;
		reap(post->channel, info.si_pid);
	}
	if (post->request->end_all)
		reap_listed(post);
}

static void look_at_children(struct post *post)
{
	struct signalfd_siginfo signals;

	/* Read the signals first: a later exit wakes us again. */
	while (read(post->signals, &signals, sizeof(signals)) > 0)
		;
	look_at_lower(post);
	read_started(post);
	look_at_program(post);
	send_end(post);
	/* Before its pid is known, the program could be mistaken for an orphan. */
	if (post->program > 0 || post->started < 0)
		reap_orphans(post);
}

static void wait_for_more(const struct post *post)
{
	struct pollfd polled[] = {
		{ .fd = post->signals, .events = POLLIN },
		{ .fd = post->started, .events = POLLIN },
		/* The lower middleman handles the leash. */
		{ .fd = post->lower == 0 ? post->leash : -1 },
		{ .fd = post->channel, .events = POLLOUT },
	};
	const bool is_waiting = post->ended && !post->reported && post->request->end_all;

	if (!is_waiting)
		polled[3].fd = -1;
	(void)poll(polled, sizeof(polled) / sizeof(polled[0]), -1);
}

/* Terminate all descendants. The supervisor reaps the program. */
static _Noreturn void end_all(const struct post *post)
{
	struct process_list left;

	if (post->ended)
		descendants_own(post->request->descendants, post->program);
	if (descendants_end(post->request->descendants, post->request->grace, &left) == 0)
		_exit(left.count == 0 ? 0 : STATUS_FAILED);
	/* Without a usable /proc, no other process can be found. */
	if (!post->ended && post->program > 0)
		(void)kill(post->program, SIGKILL);
	_exit(STATUS_FAILED);
}

static void close_from_to(int first, unsigned int last)
{
	/* Older kernels and old seccomp filters lack this call. */
	if (syscall(SYS_close_range, first, last, 0) == 0)
		return;
	for (unsigned int fd = (unsigned int)first; fd <= last && fd < DESCRIPTORS; fd++)
		close((int)fd);
}

/*
 * Close all inherited descriptors: another process may wait for their end of file, or the kernel
 * may keep filling them.
 */
static void close_others(const struct post *post)
{
	const int kept[] = { post->channel, post->leash, post->started };
	int first = STDERR_FILENO + 1;

	while (true) {
		int next = INT_MAX;

		for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
			if (kept[i] >= first && kept[i] < next)
				next = kept[i];
		}
		if (next > first)
			close_from_to(first, next == INT_MAX ? UINT_MAX : (unsigned int)next - 1);
		if (next == INT_MAX)
			return;
		first = next + 1;
	}
}

static _Noreturn void watch(struct post *post)
{
	sigset_t child_ended;

	/*
	 * A different name, so that killall(1) of the supervisor does not hit the process that
	 * cleans up.
	 */
	(void)prctl(PR_SET_NAME, "guard-keeper");
	sigemptyset(&child_ended);
	sigaddset(&child_ended, SIGCHLD);
	/* Close first, so that a descriptor is free for this. */
	close_others(post);
	post->signals = signalfd(-1, &child_ended, SFD_CLOEXEC | SFD_NONBLOCK);
	while (true) {
		look_at_children(post);
		if (post->lower == 0 && post->program == 0 && post->started < 0)
			_exit(0);
		if (post->ended && !post->request->end_all)
			_exit(0);
		if (post->lower == 0 && has_hung_up(post->leash))
			end_all(post);
		wait_for_more(post);
	}
}

/*
 * Run the lower middleman. If STARTED is set, there is an upper one, which receives the program's
 * pid through it.
 */
static _Noreturn void stand_below(struct post *post, int started)
{
	if (started >= 0)
		send_word(post->channel, WORD_MIDDLEMAN, getpid());
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (has_hung_up(post->leash))
		_exit(0);
	post->program = fork();
	if (post->program == 0)
		become(post, started);
	if (post->program < 0) {
		send_word(post->channel, WORD_FAILED, errno);
		_exit(STATUS_NOT_EXECUTABLE);
	}
	post->started = -1;
	watch(post);
}

static _Noreturn void stand_above(struct post *post)
{
	int started[2];

	(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
	(void)setpgid(0, 0);
	if (pipe2(started, O_CLOEXEC | O_NONBLOCK) == 0) {
		post->lower = fork();
		if (post->lower == 0) {
			close(started[0]);
			stand_below(post, started[1]);
		}
		if (post->lower > 0) {
			close(started[1]);
			post->started = started[0];
			descendants_own(post->request->descendants, post->lower);
			watch(post);
		}
	}
	send_word(post->channel, WORD_FAILED, errno);
	_exit(STATUS_NOT_EXECUTABLE);
}

static void close_both(const int ends[2])
{
	descriptor_close(ends[0]);
	descriptor_close(ends[1]);
}

int middlemen_start(const struct middleman_request *request, struct middlemen *middlemen)
{
	struct post post = { .request = request, .group = getpgrp(), .started = -1 };
	int channel[2] = { -1, -1 };
	int leash[2] = { -1, -1 };

	*middlemen = (struct middlemen){ .channel = -1, .leash = -1 };
	if (pipe2(channel, O_CLOEXEC | O_NONBLOCK) < 0 ||
	    (request->end_all && pipe2(leash, O_CLOEXEC) < 0) ||
	    (middlemen->pids[0] = fork()) < 0) {
		close_both(channel);
		close_both(leash);
		return -1;
	}
	if (middlemen->pids[0] == 0) {
		request->descendants->makers = NULL;
		close(channel[0]);
		descriptor_close(leash[1]);
		post.channel = channel[1];
		post.leash = leash[0];
		if (request->end_all)
			stand_above(&post);
		stand_below(&post, -1);
	}
	close(channel[1]);
	descriptor_close(leash[0]);
	middlemen->channel = channel[0];
	middlemen->leash = leash[1];
	return 0;
}

bool middlemen_live(struct middlemen *middlemen)
{
	bool live = false;

	for (size_t i = 0; i < MIDDLEMEN_MAX; i++) {
		const pid_t pid = middlemen->pids[i];
		siginfo_t info = { .si_pid = 0 };

		/* If the upper one dies, the lower one becomes our child. */
		if (pid == 0)
			continue;
		if (waitid(P_PID, (id_t)pid, &info, WSTOPPED | WNOHANG) == 0 && info.si_pid == pid)
			(void)kill(pid, SIGCONT);
		if (waitpid(pid, NULL, WNOHANG) == 0)
			live = true;
		else if (i == 0 || middlemen->pids[0] == 0)
			middlemen->pids[i] = 0;
	}
	return live;
}

/* Continue it first: a stopped process would make us wait forever. */
static bool wait_for(pid_t pid, const struct descendants *descendants)
{
	siginfo_t info;

	while (true) {
		memset(&info, 0, sizeof(info));
		if (waitid(P_PID, (id_t)pid, &info, WEXITED | WSTOPPED | WNOHANG) < 0) {
			if (errno == EINTR)
				continue;
			return false;
		}
		if (info.si_pid == 0) {
			descendants_pause(descendants);
			continue;
		}
		if (info.si_code != CLD_STOPPED)
			return info.si_code == CLD_EXITED;
		(void)kill(pid, SIGCONT);
	}
}

bool middlemen_call(struct middlemen *middlemen, const struct descendants *descendants)
{
	bool done = false;

	if (middlemen->leash < 0)
		return false;
	close(middlemen->leash);
	middlemen->leash = -1;
	for (size_t i = 0; i < MIDDLEMEN_MAX; i++) {
		if (middlemen->pids[i] > 0 && wait_for(middlemen->pids[i], descendants))
			done = true;
		middlemen->pids[i] = 0;
	}
	return done;
}
