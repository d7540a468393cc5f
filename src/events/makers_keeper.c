#include "events/makers_keeper.h"

#include "base/clock.h"
#include "base/descriptor.h"
#include "system/linux.h"
#include "system/process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The usual limit of descriptors of a process. */
enum { DESCRIPTORS = 1024 };

/* When to check whether the supervisor is stopped, in milliseconds. */
enum { HELP_PERIOD = 200 };

/* The pause before the supervisor tries again to become the receiver, in nanoseconds. */
enum { RECEIVE_AGAIN = 1000000 };

/* The receiver is one of these, plus a number of turns: the supervisor begins one each time. */
enum { RECEIVER_NONE, RECEIVER_SUPERVISOR, RECEIVER_KEEPER, RECEIVER_MASK };

static uint64_t receiver_of(uint64_t turn, uint64_t receiver)
{
	return (turn & ~(uint64_t)RECEIVER_MASK) | receiver;
}

static bool has_ended(pid_t child)
{
	siginfo_t info = { .si_pid = 0 };

	return waitid(P_PID, (id_t)child, &info, WEXITED | WNOHANG | WNOWAIT) < 0 ||
	       info.si_pid == child;
}

/* In the supervisor: become the receiver. Returns false if the keeper still is. */
static bool wait_to_receive(struct handled_call *call, pid_t keeper, uint64_t *turn)
{
	const struct timespec moment = { .tv_nsec = RECEIVE_AGAIN };

	for (int tries = 0; tries < NOTICE_TRIES || has_ended(keeper); tries++) {
		uint64_t old = atomic_load(&call->receiver);

		*turn = receiver_of(old + RECEIVER_MASK + 1, RECEIVER_SUPERVISOR);
		/* A keeper that was killed remains the receiver. */
		if (((old & RECEIVER_MASK) == RECEIVER_NONE || tries >= NOTICE_TRIES) &&
		    atomic_compare_exchange_strong(&call->receiver, &old, *turn))
			return true;
		(void)nanosleep(&moment, NULL);
	}
	return false;
}

/*
 * In the keeper: become the receiver. A supervisor that was stopped just before receiving a call must
 * find it when it continues.
 */
static bool may_receive(struct handled_call *call, bool is_alone, uint64_t *turn)
{
	uint64_t old = atomic_load(&call->receiver);

	*turn = receiver_of(old, RECEIVER_KEEPER);
	if (is_alone) {
		atomic_store(&call->receiver, *turn);
		return true;
	}
	if ((old & RECEIVER_MASK) == RECEIVER_SUPERVISOR && call->notice.notice.id == 0)
		return false;
	return atomic_compare_exchange_strong(&call->receiver, &old, *turn);
}

/* As the receiver: receive the next notification into zeroes, as the kernel requires. */
static int receive(int listener, struct handled_call *call, union notice *notice, uint64_t turn)
{
	const uint64_t end = receiver_of(turn, RECEIVER_NONE);
	int failure = EAGAIN;

	if (descriptor_events(listener) & POLLIN)
		failure = ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, notice) < 0 ? errno : 0;
	/* Unless the keeper took over meanwhile. */
	(void)atomic_compare_exchange_strong(&call->receiver, &turn, end);
	errno = failure;
	return failure == 0 ? 0 : -1;
}

int notice_receive(int listener, struct handled_call *call, pid_t keeper)
{
	uint64_t turn;

	/* Before: then the keeper knows whether a stopped receiver has received one. */
	memset(&call->notice, 0, sizeof(call->notice));
	if (wait_to_receive(call, keeper, &turn))
		return receive(listener, call, &call->notice, turn);
	errno = EAGAIN;
	return -1;
}

/* Another process has answered, or the caller was killed. */
static bool is_answered(int number)
{
	return number == ENOENT || number == EINPROGRESS;
}

int notice_continue(int listener, uint64_t id)
{
	union {
		struct seccomp_notif_resp response;
		/* cppcheck-suppress unusedStructMember ; newer kernels have more members */
		char room[NOTICE_SIZE];
	} sent = { .response = { .id = id, .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE } };

	for (int tries = 0; ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &sent) < 0; tries++) {
		if (is_answered(errno))
			return 0;
		if (tries >= NOTICE_TRIES)
			return -1;
	}
	return 0;
}

bool notice_claim(struct handled_call *call)
{
	const uint64_t id = call->notice.notice.id;

	return atomic_exchange(&call->claimed, id) != id;
}

static int send_result(int listener, const struct handled_call *call, uint64_t id)
{
	union {
		struct seccomp_notif_resp response;
		/* cppcheck-suppress unusedStructMember ; newer kernels have more members */
		char room[NOTICE_SIZE];
	} sent = { .response = { .id = id, .val = call->result } };

	return ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &sent) < 0 ? -1 : 0;
}

int notice_answer(int listener, struct handled_call *call, int result)
{
	const uint64_t id = call->notice.notice.id;
	uint64_t made = id;

	call->result = result;
	atomic_store(&call->made, id);
	for (int tries = 0; send_result(listener, call, id) < 0; tries++) {
		if (is_answered(errno)) {
			errno = ENOENT;
			return atomic_load(&call->answered) == id ? 0 : -1;
		}
		/* If the keeper is not at it already, it must not answer later. */
		if (tries >= NOTICE_TRIES)
			return atomic_compare_exchange_strong(&call->made, &made, 0) ? -1 : 0;
	}
	return 0;
}

bool notice_is_valid(int listener, uint64_t id)
{
	int tries = 0;

	/* EINTR: it waited for the lock of the listener. */
	while (ioctl(listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &id) < 0) {
		if (errno != EINTR || ++tries >= NOTICE_TRIES)
			return false;
	}
	return true;
}

int descriptor_send(int channel, int fd, int number)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { .room = { 0 } };
	struct iovec data = { .iov_base = &number, .iov_len = sizeof(number) };
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1 };

	if (fd >= 0) {
		struct cmsghdr *header = &control.header;

		message.msg_control = control.room;
		message.msg_controllen = sizeof(control.room);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	}
	return sendmsg(channel, &message, MSG_NOSIGNAL) < 0 ? -1 : 0;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): recvmsg(2) stores it */
int descriptor_receive(int channel, int *number)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec data = { .iov_base = number, .iov_len = sizeof(*number) };
	struct msghdr message = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = control.room,
		.msg_controllen = sizeof(control.room),
	};
	const struct cmsghdr *header;
	ssize_t length;
	int fd = -1;

	do
		length = recvmsg(channel, &message, MSG_CMSG_CLOEXEC);
	while (length < 0 && errno == EINTR);
	if (length < 0)
		return -1;
	if (length != (ssize_t)sizeof(*number)) {
		errno = EPIPE;
		return -1;
	}
	header = CMSG_FIRSTHDR(&message);
	if (header != NULL && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	else
		errno = -*number;
	return fd;
}

/* The keeper must not hold files for whose end another process waits. */
static void close_others(int channel, int leash)
{
	const int low = channel < leash ? channel : leash;
	const int high = channel < leash ? leash : channel;
	const int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fd == low || fd == high)
			continue;
		if (nothing < 0)
			close(fd);
		else if (nothing != fd)
			(void)dup2(nothing, fd);
	}
	if (syscall(SYS_close_range, high + 1, UINT_MAX, 0) == 0) {
		if (low + 1 < high)
			(void)syscall(SYS_close_range, low + 1, high - 1, 0);
		if (low > STDERR_FILENO + 1)
			(void)syscall(SYS_close_range, STDERR_FILENO + 1, low - 1, 0);
		return;
	}
	for (int fd = STDERR_FILENO + 1; fd < DESCRIPTORS; fd++) {
		if (fd != low && fd != high)
			close(fd);
	}
}

/*
 * Answer the call that the supervisor has received. A call that a stopped supervisor is making waits
 * until it continues.
 *
 * Returns -1 if the listener does not work.
 */
static int complete(int listener, struct handled_call *call, bool is_alone)
{
	/* In this order: the call is never an older one than the claimed one. */
	uint64_t claimed = atomic_load(&call->claimed);
	const uint64_t id = call->notice.notice.id;
	uint64_t made = id;

	if (claimed != id)
		return atomic_compare_exchange_strong(&call->claimed, &claimed, id)
		           ? notice_continue(listener, id)
		           : 0;
	if (!atomic_compare_exchange_strong(&call->made, &made, 0))
		return is_alone ? notice_continue(listener, id) : 0;
	atomic_store(&call->answered, id);
	return send_result(listener, call, id) == 0 || is_answered(errno)
	           ? 0
	           : notice_continue(listener, id);
}

/*
 * Let all calls that wait go on. Returns 1 if one remains for the supervisor, -1 if the listener does
 * not work.
 */
static int answer(int listener, struct handled_call *call, bool is_alone)
{
	union notice notice;
	int result = complete(listener, call, is_alone);
	int failures = 0;
	uint64_t turn;

	while (result == 0 && (descriptor_events(listener) & POLLIN)) {
		if (!may_receive(call, is_alone, &turn))
			return 1;
		memset(&notice, 0, sizeof(notice));
		if (receive(listener, call, &notice, turn) == 0)
			result = notice_continue(listener, notice.notice.id);
		else if (++failures >= NOTICE_TRIES)
			result = -1;
	}
	return result;
}

/* A stopped supervisor can't answer, and the program may be about to continue it. */
static bool is_stopped(pid_t supervisor)
{
	struct process_stat stat;

	return process_read_stat(supervisor, &stat) == 0 && stat.state == 'T';
}

static bool is_call_waiting(int listener, const struct handled_call *call)
{
	return notice_is_valid(listener, call->notice.notice.id) ||
	       (descriptor_events(listener) & POLLIN);
}

/* Wait for the last process of the program, and let its calls go on if nobody else does. */
static void stand_by(int listener, int leash, struct handled_call *call, pid_t supervisor)
{
	struct pollfd polled[] = { { .fd = listener }, { .fd = leash } };
	int result;

	/* An error on the listener: no process has the filter any more. */
	while (!(polled[0].revents & (POLLERR | POLLHUP | POLLNVAL))) {
		polled[0].revents = polled[1].revents = 0;
		if (poll(polled, 2, leash >= 0 ? HELP_PERIOD : -1) < 0) {
			clock_pause();
			polled[0].revents = descriptor_events(listener);
			polled[1].revents = leash >= 0 ? descriptor_events(leash) : 0;
		}
		if (leash >= 0 && polled[1].revents != 0)
			leash = polled[1].fd = -1;
		/* As long as this process is not the one to answer, calls must not wake it. */
		if (leash >= 0)
			polled[0].events =
			    is_call_waiting(listener, call) && is_stopped(supervisor) ? POLLIN : 0;
		else
			polled[0].events = POLLIN;
		if (polled[0].events == 0)
			continue;
		result = answer(listener, call, leash < 0);
		/* Without the listener, calls fail with ENOSYS, but return. */
		if (result < 0)
			return;
		if (result > 0)
			polled[0].events = 0;
	}
}

static _Noreturn void keep(int channel, int leash, struct handled_call *call, pid_t supervisor)
{
	sigset_t all;
	int listener;
	int number;

	(void)setsid();
	(void)prctl(PR_SET_NAME, "guard-keeper");
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	(void)!chdir("/");
	close_others(channel, leash);
	listener = descriptor_receive(channel, &number);
	close(channel);
	if (listener >= 0)
		stand_by(listener, leash, call, supervisor);
	_exit(0);
}

pid_t keeper_start(int channel, int leash, struct handled_call *call)
{
	const pid_t supervisor = getpid();
	const pid_t keeper = fork();

	if (keeper == 0)
		keep(channel, leash, call, supervisor);
	return keeper;
}
