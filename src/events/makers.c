#include "events/makers.h"

#include "base/descriptor.h"
#include "base/memory.h"
#include "events/makers_filter.h"
#include "events/makers_keeper.h"
#include "events/makers_record.h"
#include "system/linux.h"
#include "system/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* When to look for the objects of calls again, in nanoseconds. */
enum { LOOK_AGAIN = 1000000 };

/* For how long calls that follow each other are waited for, in milliseconds. */
enum { BURST = 10 };

struct makers {
	int ready;      /* of epoll(7) */
	int channel[2]; /* the program's end, and ours */
	int keeper[2];  /* the program's end, and the keeper's */
	int leash[2];   /* the keeper's end, and ours */
	pid_t pid;      /* of the keeper; 0: none */
	int listener;   /* -1: none */
	int timer;      /* of timerfd_create(2) */
	bool timer_is_set;
	bool finished;             /* the keeper has taken over */
	bool broken;               /* the listener does not work */
	unsigned int failures;     /* of the listener, one after another */
	int refusal;               /* errno: why there is no listener */
	struct handled_call *call; /* in memory that the keeper shares */
	struct maker_record record;
};

/* FD: -1 for none. Returns 0, or -1 with errno. */
static int wait_for(const struct makers *makers, int fd)
{
	struct epoll_event event = { .events = EPOLLIN };

	return fd < 0 ? 0 : epoll_ctl(makers->ready, EPOLL_CTL_ADD, fd, &event);
}

static int refuse(struct error *error, int number)
{
	switch (number) {
	case EBUSY:
		return error_set(error, STATUS_FAILED,
		                 "another program listens to the calls already, "
		                 "such as an outer guard");
	case ENOSYS:
	case EINVAL:
		return error_set(error, STATUS_FAILED,
		                 "the kernel lacks seccomp_unotify(2) (Linux 5.9)");
	case ENOENT:
		return error_set(error, STATUS_FAILED,
		                 "/proc is missing, and calls in other namespaces are not known "
		                 "from those in ours");
	default:
		return error_set_errno(error, number, "the kernel does not report the calls");
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
	makers->call = mmap(NULL, sizeof(*makers->call), PROT_READ | PROT_WRITE,
	                    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	makers->ready = epoll_create1(EPOLL_CLOEXEC);
	makers->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	return makers->call == MAP_FAILED || makers->ready < 0 || makers->timer < 0 ? -1 : 0;
}

/* Check whether the kernel has what is needed; its structs may have grown. */
static int check_kernel(void)
{
	struct seccomp_notif_sizes sizes = { .seccomp_notif = 0 };
	unsigned int major = 0;
	unsigned int minor = 0;
	struct utsname system;

	/* Before, the kernel does not report the end of the last process. */
	if (uname(&system) < 0 || sscanf(system.release, "%u.%u", &major, &minor) != 2 ||
	    major < 5 || (major == 5 && minor < 9)) {
		errno = ENOSYS;
		return -1;
	}
	if (syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes) < 0)
		return -1;
	if (sizes.seccomp_notif <= NOTICE_SIZE && sizes.seccomp_notif_resp <= NOTICE_SIZE)
		return 0;
	errno = EINVAL;
	return -1;
}

struct makers *makers_prepare(const struct makers_request *request, struct error *error)
{
	struct makers *makers = needed(calloc(1, sizeof(*makers)));
	struct own_view view;
	int saved;

	makers->ready = makers->timer = makers->listener = -1;
	makers->refusal = EAGAIN; /* until it arrives */
	for (size_t i = 0; i < 2; i++)
		makers->channel[i] = makers->keeper[i] = makers->leash[i] = -1;
	makers->call = MAP_FAILED;
	/* Without it, the calls in other namespaces are not known from ours. */
	if (check_kernel() == 0 && own_view_read(&view) == 0 && open_all(makers) == 0 &&
	    wait_for(makers, makers->channel[1]) == 0 && wait_for(makers, makers->timer) == 0 &&
	    (makers->pid = keeper_start(makers->keeper[1], makers->leash[0], makers->call)) > 0) {
		close_channel(makers->keeper, 1);
		close_channel(makers->leash, 0);
		maker_record_begin(&makers->record, request, &view);
		/* Without these, the files are found by looking again. */
		(void)wait_for(makers, makers->record.files.reports);
		(void)wait_for(makers, makers->record.queues.reports);
		return makers;
	}
	saved = errno;
	makers_free(makers);
	if (error != NULL)
		(void)refuse(error, saved);
	return NULL;
}

/* Send the listener, or a negative errno, to the keeper and then to the parent. */
static int send_listener(const struct makers *makers, int listener, int number)
{
	const int channels[] = { makers->keeper[0], makers->channel[0] };
	int result = 0;

	/* The keeper first: from then on, no call can fail. */
	for (size_t i = 0; i < sizeof(channels) / sizeof(channels[0]) && result == 0; i++)
		result = descriptor_send(channels[i], listener, number);
	if (result < 0) {
		const int saved = errno;

		/* The parent waits for one or the other. */
		(void)shutdown(makers->channel[0], SHUT_WR);
		errno = saved;
	}
	return result;
}

int makers_install(const struct makers *makers)
{
	struct making_filter reported;
	int listener;
	int result;

	if (makers == NULL)
		return 0;
	/* The keeper takes over when nobody else holds this end, also if execve(2) never closes it. */
	close(makers->leash[1]);
	reported = maker_record_needs(&makers->record);
	listener = making_filter_install(&reported);
	if (listener < 0)
		return send_listener(makers, -1, -errno);
	result = send_listener(makers, listener, getpid());
	descriptor_close(listener);
	return result;
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
		maker_list_begin(makers->record.makers, number);
		/* Otherwise nobody would let the calls go on. */
		if (wait_for(makers, makers->listener) < 0)
			makers_finish(makers);
	} else {
		makers->refusal = errno;
		/* The keeper may have it. */
		makers_finish(makers);
	}
	close_channel(makers->channel, 1);
}

/* Reports of files wake us, or wait for the timer. */
static void wait_for_reports(const struct makers *makers, bool wanted)
{
	const int reports[] = { makers->record.files.reports, makers->record.queues.reports };
	struct epoll_event event = { .events = wanted ? EPOLLIN : 0 };

	for (size_t i = 0; i < sizeof(reports) / sizeof(reports[0]); i++) {
		if (reports[i] >= 0)
			(void)epoll_ctl(makers->ready, EPOLL_CTL_MOD, reports[i], &event);
	}
}

/* While the program makes objects, their reports are read when it makes the next one, or now and then. */
static void set_timer(struct makers *makers, bool wanted)
{
	struct itimerspec when = { .it_value = { .tv_nsec = wanted ? LOOK_AGAIN : 0 } };

	if (wanted == makers->timer_is_set)
		return;
	wait_for_reports(makers, !wanted);
	when.it_interval = when.it_value;
	(void)timerfd_settime(makers->timer, 0, &when, NULL);
	makers->timer_is_set = wanted;
}

/*
 * Check for a call. After the first one, wait for the next a little: where nothing but the listener is
 * waited for, a call wakes us on its own processor, since Linux 6.6, which is much faster than another
 * one that is idle.
 */
static bool has_call(const struct makers *makers, uint64_t began)
{
	struct pollfd polled = { .fd = makers->listener, .events = POLLIN };

	if (began != 0 && process_clock() - began < BURST)
		(void)poll(&polled, 1, 1);
	return (descriptor_events(makers->listener) & POLLIN) != 0;
}

/* Leave the calls to the keeper. If that fails as well, they fail with ENOSYS, but return. */
static void give_up(struct makers *makers)
{
	makers->refusal = errno;
	makers->broken = true;
	makers_finish(makers);
	close(makers->listener);
	makers->listener = -1;
}

/*
 * Handle a call. A call on the listener may fail for want of memory, but not forever. Returns whether to
 * look for the next one now.
 */
static bool handle_call(struct makers *makers)
{
	if (notice_receive(makers->listener, makers->call, makers->pid) == 0) {
		makers->failures = 0;
		if (maker_record_call(&makers->record, makers->listener, makers->call) < 0)
			give_up(makers);
	} else if (errno == EAGAIN) {
		return false;
	} else if (errno != ENOENT && errno != EINTR && ++makers->failures >= NOTICE_TRIES) {
		give_up(makers);
	}
	return true;
}

/*
 * A caller may have been woken on our processor, so nothing must be done after that: objects are
 * looked for before the next call, or by the timer.
 */
void makers_read(struct makers *makers)
{
	uint64_t began = 0;
	uint64_t times;

	if (makers->channel[1] >= 0 && descriptor_events(makers->channel[1]) != 0)
		receive_listener(makers);
	while (!makers->finished && makers->listener >= 0 && has_call(makers, began)) {
		if (began == 0)
			began = process_clock();
		set_timer(makers, true);
		if (!handle_call(makers))
			break;
	}
	if (began != 0)
		return;
	/* Otherwise, it stays ready. */
	if (makers->listener >= 0 && (descriptor_events(makers->listener) & POLLHUP))
		(void)epoll_ctl(makers->ready, EPOLL_CTL_DEL, makers->listener, NULL);
	(void)!read(makers->timer, &times, sizeof(times));
	maker_record_check(&makers->record);
	set_timer(makers, maker_record_look(&makers->record, false));
}

void makers_wait(struct makers *makers, unsigned int milliseconds)
{
	struct pollfd polled = { .fd = makers->ready, .events = POLLIN };
	const uint64_t end = process_clock() + milliseconds;

	for (uint64_t now = process_clock(); now < end; now = process_clock()) {
		if (poll(&polled, 1, (int)(end - now)) > 0)
			makers_read(makers);
	}
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
	if (makers->listener >= 0)
		(void)epoll_ctl(makers->ready, EPOLL_CTL_DEL, makers->listener, NULL);
	close_channel(makers->leash, 1);
	close_channel(makers->channel, 0);
	close_channel(makers->keeper, 0);
	(void)maker_record_look(&makers->record, true);
}

void makers_observe(struct makers *makers, const struct makers_observer *observer)
{
	maker_record_observe(&makers->record, observer);
}

bool makers_are_observed(const struct makers *makers)
{
	return makers->record.observer != NULL;
}

const struct make *makers_find(const struct makers *makers, const struct shm_object *object)
{
	const struct make *make = maker_record_find(&makers->record, object);

	return make != NULL && makers->record.request.prove && !make->is_proven ? NULL : make;
}

const struct make *makers_find_file(const struct makers *makers, const char *name)
{
	return maker_record_find_file(&makers->record, name);
}

const struct make *makers_take(struct makers *makers, const struct shm_object *object)
{
	return maker_record_take(&makers->record, object);
}

/* Without a listener, or with the last process of the program, the keeper exits. */
static void reap_keeper(const struct makers *makers)
{
	if (makers->pid > 0 && !makers->broken &&
	    (makers->listener < 0 || (descriptor_events(makers->listener) & POLLHUP)))
		(void)waitpid(makers->pid, NULL, 0);
}

void makers_free(struct makers *makers)
{
	if (makers == NULL)
		return;
	if (makers->record.makers != NULL)
		makers_finish(makers);
	maker_record_end(&makers->record);
	for (size_t i = 0; i < 2; i++) {
		descriptor_close(makers->channel[i]);
		descriptor_close(makers->keeper[i]);
		descriptor_close(makers->leash[i]);
	}
	reap_keeper(makers);
	descriptor_close(makers->listener);
	descriptor_close(makers->timer);
	descriptor_close(makers->ready);
	if (makers->call != MAP_FAILED)
		(void)munmap(makers->call, sizeof(*makers->call));
	free(makers);
}
