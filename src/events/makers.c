#include "events/makers.h"

#include "base/descriptor.h"
#include "base/memory.h"
#include "events/backtrace.h"
#include "events/makers_again.h"
#include "events/makers_filter.h"
#include "events/makers_keeper.h"
#include "events/makers_made.h"
#include "events/makers_process.h"
#include "events/makers_sysv.h"
#include "system/linux.h"
#include "system/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* When to look for the objects of calls again, in nanoseconds. */
enum { LOOK_AGAIN = 2000000 };

/* The kinds that are found by key and id. */
static const enum object_kind sysv_kinds[] = { KIND_SHM, KIND_SEM, KIND_MSG };
enum { SYSV_KINDS = sizeof(sysv_kinds) / sizeof(sysv_kinds[0]) };

struct makers {
	int ready;      /* of epoll(7) */
	int channel[2]; /* the program's end, and ours */
	int keeper[2];  /* the program's end, and the keeper's */
	int leash[2];   /* the keeper's end, and ours */
	pid_t pid;      /* of the keeper; 0: none */
	int listener;   /* -1: none */
	int timer;      /* of timerfd_create(2) */
	bool timer_is_set;
	bool finished;        /* the keeper has taken over */
	int refusal;          /* errno: why there is no listener */
	union notice *notice; /* the current one, in memory that the keeper shares */
	struct maker_list *processes;
	struct sysv_makes sysv[SYSV_KINDS];
	bool backtrace; /* wanted */
	struct interrupted_calls interrupted;
};

static void wait_for(const struct makers *makers, int fd)
{
	struct epoll_event event = { .events = EPOLLIN };

	(void)epoll_ctl(makers->ready, EPOLL_CTL_ADD, fd, &event);
}

static int refuse(struct error *error, int number)
{
	switch (number) {
	case EBUSY:
		return error_set(error, STATUS_FAILED,
		                 "makers of objects are not reported: another program listens "
		                 "already (guard in guard, or a container's)");
	case ENOSYS:
	case EINVAL:
		return error_set(error, STATUS_FAILED,
		                 "makers of objects are not reported: the kernel lacks "
		                 "seccomp_unotify(2) (Linux 5.9)");
	default:
		return error_set_errno(error, number, "makers of objects are not reported");
	}
}

static void close_channel(int channel[2], int end)
{
	descriptor_close(channel[end]);
	channel[end] = -1;
}

static int open_all(struct makers *makers)
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, makers->channel) < 0 ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, makers->keeper) < 0 ||
	    pipe2(makers->leash, O_CLOEXEC) < 0)
		return -1;
	makers->notice = mmap(NULL, sizeof(*makers->notice), PROT_READ | PROT_WRITE,
	                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	makers->ready = epoll_create1(EPOLL_CLOEXEC);
	makers->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	return makers->notice == MAP_FAILED || makers->ready < 0 || makers->timer < 0 ? -1 : 0;
}

/* The kernel's structs may have grown. */
static int check_sizes(void)
{
	struct seccomp_notif_sizes sizes = { .seccomp_notif = 0 };

	if (syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes) < 0)
		return -1;
	if (sizes.seccomp_notif <= NOTICE_SIZE && sizes.seccomp_notif_resp <= NOTICE_SIZE)
		return 0;
	errno = EINVAL;
	return -1;
}

struct makers *makers_prepare(bool backtrace, struct error *error)
{
	struct makers *makers = needed(calloc(1, sizeof(*makers)));
	int saved;

	makers->backtrace = backtrace;
	makers->ready = makers->timer = makers->listener = -1;
	for (size_t i = 0; i < 2; i++)
		makers->channel[i] = makers->keeper[i] = makers->leash[i] = -1;
	makers->notice = MAP_FAILED;
	if (check_sizes() == 0 && open_all(makers) == 0 &&
	    (makers->pid = keeper_start(makers->keeper[1], makers->leash[0], makers->notice)) > 0) {
		close_channel(makers->keeper, 1);
		close_channel(makers->leash, 0);
		wait_for(makers, makers->channel[1]);
		wait_for(makers, makers->timer);
		makers->processes = maker_list_new();
		for (size_t i = 0; i < SYSV_KINDS; i++)
			sysv_makes_begin(&makers->sysv[i], sysv_kinds[i], makers->processes);
		return makers;
	}
	saved = errno;
	makers_free(makers);
	if (error != NULL)
		(void)refuse(error, saved);
	return NULL;
}

void makers_install(const struct makers *makers)
{
	int listener;

	if (makers == NULL)
		return;
	listener = making_filter_install();
	if (listener < 0) {
		const int number = -errno;

		(void)descriptor_send(makers->keeper[0], -1, number);
		(void)descriptor_send(makers->channel[0], -1, number);
		return;
	}
	/* The keeper first: from then on, no call can fail. */
	(void)descriptor_send(makers->keeper[0], listener, getpid());
	(void)descriptor_send(makers->channel[0], listener, getpid());
	close(listener);
}

pid_t makers_keeper(const struct makers *makers)
{
	return makers->pid;
}

int makers_fd(const struct makers *makers)
{
	return makers->ready;
}

/*
 * The response wakes the caller on our processor, which is idle from then on, since Linux 6.6. That
 * halves the time that a call takes.
 */
static void wake_here(int listener)
{
	(void)ioctl(listener, LINUX_SECCOMP_SET_FLAGS, LINUX_SECCOMP_SYNC_WAKE_UP);
}

static void receive_listener(struct makers *makers)
{
	int number = 0;

	makers->listener = descriptor_receive(makers->channel[1], &number);
	if (makers->listener >= 0) {
		wake_here(makers->listener);
		maker_list_begin(makers->processes, number);
		wait_for(makers, makers->listener);
	} else {
		makers->refusal = errno;
	}
	close_channel(makers->channel, 1);
}

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_REALTIME, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

/* The effective user of a thread, in our user namespace. */
static uid_t user_of(pid_t thread)
{
	struct process_identity identity;

	/* Without privileges, only our own processes are there. */
	if (geteuid() != 0 || process_read_identity(thread, &identity) < 0)
		return geteuid();
	return identity.effective_uid;
}

static struct sysv_makes *sysv_of(struct makers *makers, enum making_call call)
{
	switch (call) {
	case MAKING_SHMGET:
		return &makers->sysv[0];
	case MAKING_SEMGET:
		return &makers->sysv[1];
	case MAKING_MSGGET:
		return &makers->sysv[2];
	default:
		return NULL;
	}
}

/* Describe the call of the current notification. Returns NULL if it can't make anything. */
static struct made *describe(struct makers *makers, enum making_call call,
                             const uint64_t arguments[6])
{
	const struct seccomp_notif *notice = &makers->notice->notice;
	const struct sysv_makes *sysv = sysv_of(makers, call);
	struct made *made;

	if (sysv == NULL || !sysv_makes_can(sysv, (key_t)arguments[0]))
		return NULL;
	made = needed(calloc(1, sizeof(*made)));
	made->make.time = now();
	made->make.kind = sysv->kind;
	made->make.call = making_call_name(call);
	made->make.key = (key_t)arguments[0];
	made->make.bytes = call == MAKING_MSGGET ? 0 : arguments[1];
	made->clock = process_clock();
	made->thread = (pid_t)notice->pid;
	made->uid = user_of(made->thread);
	made->make.maker = maker_describe(makers->processes, made->thread);
	/* If the process was killed meanwhile, all of this may be of another one. */
	if (notice_is_valid(makers->listener, notice->id))
		return made;
	made_free(makers->processes, made);
	return NULL;
}

/* A notification while it is handled. */
struct handling {
	struct makers *makers;
	struct seccomp_notif notice;
	enum making_call call;
	struct made *made; /* NULL if it is not recorded */
	bool is_done;
};

/* Record the call, and let it go on. */
static void let_go(void *closure)
{
	struct handling *handling = closure;
	struct makers *makers = handling->makers;

	if (handling->made != NULL)
		sysv_makes_add(sysv_of(makers, handling->call), handling->made);
	handling->is_done = true;
	notice_continue(makers->listener, handling->notice.id);
}

/* Find out where the call is made. It may then be notified again. */
static void find_place(struct handling *handling)
{
	struct makers *makers = handling->makers;
	struct make *make = &handling->made->make;
	char *backtrace = interrupted_call_take(&makers->interrupted, &handling->notice);
	struct error error;

	if (backtrace != NULL) {
		make->backtrace = backtrace;
		return;
	}
	backtrace = backtrace_of(handling->made->thread, let_go, handling, &error);
	if (handling->is_done || notice_is_valid(makers->listener, handling->notice.id)) {
		make->backtrace = backtrace;
		if (backtrace == NULL)
			make->no_backtrace = needed(strdup(error.text));
		return;
	}
	handling->is_done = true;
	made_free(makers->processes, handling->made);
	if (backtrace != NULL)
		interrupted_call_add(&makers->interrupted, &handling->notice, backtrace);
}

/* Handle one notification. */
static void handle(struct makers *makers)
{
	struct handling handling = { .makers = makers };
	uint64_t arguments[6];

	if (notice_receive(makers->listener, makers->notice) < 0)
		return;
	handling.notice = makers->notice->notice;
	handling.call = making_call_of(&handling.notice.data, arguments);
	if (handling.call < MAKING_CALLS)
		handling.made = describe(makers, handling.call, arguments);
	if (handling.made != NULL && makers->backtrace)
		find_place(&handling);
	if (!handling.is_done)
		let_go(&handling);
}

static bool are_waiting(const struct makers *makers)
{
	for (size_t i = 0; i < SYSV_KINDS; i++) {
		if (makers->sysv[i].waiting.first != NULL)
			return true;
	}
	return false;
}

/* Look for the objects of the calls so far, and again later if some are missing. */
static void look(struct makers *makers, bool all)
{
	struct itimerspec when = { .it_value = { .tv_nsec = 0 } };
	bool wanted;

	for (size_t i = 0; i < SYSV_KINDS; i++)
		sysv_makes_look(&makers->sysv[i], all);
	wanted = are_waiting(makers);
	if (wanted == makers->timer_is_set)
		return;
	if (wanted)
		when.it_interval.tv_nsec = when.it_value.tv_nsec = LOOK_AGAIN;
	(void)timerfd_settime(makers->timer, 0, &when, NULL);
	makers->timer_is_set = wanted;
}

static short events_of(int fd)
{
	struct pollfd polled = { .fd = fd, .events = POLLIN };

	return poll(&polled, 1, 0) > 0 ? polled.revents : 0;
}

void makers_read(struct makers *makers)
{
	uint64_t times;

	while (read(makers->timer, &times, sizeof(times)) > 0)
		;
	if (makers->channel[1] >= 0 && events_of(makers->channel[1]) != 0)
		receive_listener(makers);
	while (!makers->finished && makers->listener >= 0 &&
	       (events_of(makers->listener) & POLLIN)) {
		handle(makers);
		look(makers, false);
	}
	/* Otherwise, it stays ready. */
	if (makers->listener >= 0 && (events_of(makers->listener) & POLLHUP))
		(void)epoll_ctl(makers->ready, EPOLL_CTL_DEL, makers->listener, NULL);
	look(makers, false);
}

bool makers_listen(const struct makers *makers, struct error *error)
{
	if (makers->listener < 0 && error != NULL)
		(void)refuse(error, makers->refusal);
	return makers->listener >= 0;
}

void makers_finish(struct makers *makers)
{
	if (makers->finished)
		return;
	makers->finished = true;
	close_channel(makers->leash, 1);
	close_channel(makers->channel, 0);
	close_channel(makers->keeper, 0);
	look(makers, true);
}

const struct make *makers_find(const struct makers *makers, const struct shm_object *object)
{
	for (size_t i = 0; i < SYSV_KINDS; i++) {
		if (sysv_kinds[i] == object->kind)
			return sysv_makes_find(&makers->sysv[i], object);
	}
	return NULL;
}

/* Without a listener, or with the last process of the program, the keeper exits. */
static void reap_keeper(const struct makers *makers)
{
	if (makers->pid > 0 && (makers->listener < 0 || (events_of(makers->listener) & POLLHUP)))
		(void)waitpid(makers->pid, NULL, 0);
}

void makers_free(struct makers *makers)
{
	if (makers == NULL)
		return;
	if (makers->processes != NULL) {
		makers_finish(makers);
		for (size_t i = 0; i < SYSV_KINDS; i++)
			sysv_makes_free(&makers->sysv[i]);
		maker_list_free(makers->processes);
	}
	for (size_t i = 0; i < 2; i++) {
		descriptor_close(makers->channel[i]);
		descriptor_close(makers->keeper[i]);
		descriptor_close(makers->leash[i]);
	}
	reap_keeper(makers);
	interrupted_calls_free(&makers->interrupted);
	descriptor_close(makers->listener);
	descriptor_close(makers->timer);
	descriptor_close(makers->ready);
	if (makers->notice != MAP_FAILED)
		(void)munmap(makers->notice, sizeof(*makers->notice));
	free(makers);
}
