#include "commands/guard/fork_watch.h"

#include "base/memory.h"
#include "base/sorted.h"
#include "system/number_file.h"
#include "system/process.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* Buffer for the events of many processes between two reads, in bytes. */
enum { WAITING_SIZE = 16 << 20, MESSAGE_SIZE = 4096 };

/* The inaccuracy of times, and the maximum time before a pid is reused; in milliseconds. */
enum { TOLERANCE = 1000, PID_STAYS_MAX = 1000 };

/* The pids that one processor can assign in a millisecond: 52 were measured. */
enum { PIDS_GIVEN = 64 };

struct fork_watch {
	int events; /* -1 after an event was lost */
	pid_t ancestor;
	uint64_t begin;          /* by process_clock() */
	struct pid_life *living; /* sorted by pid */
	size_t living_count;
	struct pid_life *ended;
	size_t ended_count;
};

/* The header of each event. */
struct event_message {
	struct nlmsghdr header;
	struct cn_msg connector;
};
enum { WHAT_OFFSET = sizeof(struct event_message) + offsetof(struct proc_event, what) };

/* Filter for forks and exits: most processes cause several other events. */
static int choose_events(int events)
{
	/* The filter reads words in network byte order. */
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, WHAT_OFFSET),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(PROC_EVENT_FORK), 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl((uint32_t)PROC_EVENT_EXIT), 0, 1),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	const struct sock_fprog program = {
		.len = sizeof(filter) / sizeof(filter[0]),
		.filter = filter,
	};

	return setsockopt(events, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

static int say(int events, enum proc_cn_mcast_op operation)
{
	const struct event_message message = {
		.header = { .nlmsg_len = sizeof(message) + sizeof(operation),
		            .nlmsg_type = NLMSG_DONE },
		.connector = { .id = { .idx = CN_IDX_PROC, .val = CN_VAL_PROC },
		               .len = sizeof(operation) },
	};
	char text[sizeof(message) + sizeof(operation)];

	memcpy(text, &message, sizeof(message));
	memcpy(text + sizeof(message), &operation, sizeof(operation));
	return send(events, text, sizeof(text), 0) < 0 ? -1 : 0;
}

static int subscribe(int events)
{
	const struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = CN_IDX_PROC };
	const int size = WAITING_SIZE;

	/* Without privilege, the limit for all users applies. */
	if (setsockopt(events, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
		(void)setsockopt(events, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (choose_events(events) < 0 ||
	    bind(events, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return -1;
	return say(events, PROC_CN_MCAST_LISTEN);
}

struct fork_watch *fork_watch_begin(pid_t ancestor)
{
	struct fork_watch *forks;
	int saved;

	/* Events carry pids of the initial pid namespace. */
	if (!process_numbers_are_ours() || !process_all_are_listed()) {
		errno = ENOTSUP;
		return NULL;
	}
	forks = calloc(1, sizeof(*forks));
	if (forks == NULL)
		return NULL;
	forks->ancestor = ancestor;
	forks->begin = process_clock();
	forks->events =
	    socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_CONNECTOR);
	if (forks->events >= 0 && subscribe(forks->events) == 0)
		return forks;
	saved = errno;
	fork_watch_end(forks);
	errno = saved;
	return NULL;
}

static void stop_following(struct fork_watch *forks)
{
	if (forks->events >= 0) {
		/* Older kernels do not notice that the listener is gone. */
		(void)say(forks->events, PROC_CN_MCAST_IGNORE);
		close(forks->events);
	}
	forks->events = -1;
	forks->living_count = 0;
	forks->ended_count = 0;
}

void fork_watch_end(struct fork_watch *forks)
{
	if (forks == NULL)
		return;
	stop_following(forks);
	free(forks->living);
	free(forks->ended);
	free(forks);
}

int fork_watch_fd(const struct fork_watch *forks)
{
	return forks->events;
}

static int compare_pid(const void *item, const void *key)
{
	const pid_t pid = ((const struct pid_life *)item)->pid;
	const pid_t wanted = *(const pid_t *)key;

	return (pid > wanted) - (pid < wanted);
}

/* The index of a pid among the running processes, or where to insert it. */
static size_t place_of(const struct fork_watch *forks, pid_t pid)
{
	return sorted_place(forks->living, forks->living_count, sizeof(*forks->living), &pid,
	                    compare_pid);
}

static bool is_living(const struct fork_watch *forks, size_t place, pid_t pid)
{
	return place < forks->living_count && forks->living[place].pid == pid;
}

static void take_out(struct fork_watch *forks, size_t place)
{
	memmove(&forks->living[place], &forks->living[place + 1],
	        (forks->living_count - place - 1) * sizeof(*forks->living));
	forks->living_count--;
}

static void note_fork(struct fork_watch *forks, pid_t parent, pid_t child, uint64_t when)
{
	const bool descends =
	    parent == forks->ancestor || is_living(forks, place_of(forks, parent), parent);
	const size_t place = place_of(forks, child);

	/* Its exit was not reported, but it must have exited. */
	if (is_living(forks, place, child))
		take_out(forks, place);
	if (!descends)
		return;
	forks->living = vector_grow(forks->living, forks->living_count, sizeof(*forks->living));
	memmove(&forks->living[place + 1], &forks->living[place],
	        (forks->living_count - place) * sizeof(*forks->living));
	forks->living[place] = (struct pid_life){ child, when, UINT64_MAX };
	forks->living_count++;
}

static void note_end(struct fork_watch *forks, pid_t pid, uint64_t when)
{
	const size_t place = place_of(forks, pid);

	if (!is_living(forks, place, pid))
		return;
	forks->living[place].end = when;
	forks->ended = vector_grow(forks->ended, forks->ended_count, sizeof(*forks->ended));
	forks->ended[forks->ended_count++] = forks->living[place];
	take_out(forks, place);
}

/* From nanoseconds of CLOCK_MONOTONIC to process_clock(). */
static uint64_t convert_time(uint64_t nanoseconds)
{
	struct timespec monotonic;

	clock_gettime(CLOCK_MONOTONIC, &monotonic);
	return process_clock() - (uint64_t)monotonic.tv_sec * 1000 -
	       (uint64_t)monotonic.tv_nsec / 1000000 + nanoseconds / 1000000;
}

/* Threads cause the same events, but are neither parents nor creators. */
static int take_event(struct fork_watch *forks, const struct proc_event *event)
{
	const uint64_t when = convert_time(event->timestamp_ns);

	/* In a time namespace, time_namespaces(7), clocks differ from the kernel's. */
	if (when + TOLERANCE < forks->begin || when > process_clock() + TOLERANCE)
		return -1;
	if (event->what == PROC_EVENT_FORK &&
	    event->event_data.fork.child_pid == event->event_data.fork.child_tgid)
		note_fork(forks, event->event_data.fork.parent_tgid,
		          event->event_data.fork.child_tgid, when);
	if (event->what == PROC_EVENT_EXIT &&
	    event->event_data.exit.process_pid == event->event_data.exit.process_tgid)
		note_end(forks, event->event_data.exit.process_tgid, when);
	return 0;
}

void fork_watch_read(struct fork_watch *forks)
{
	_Alignas(struct nlmsghdr) char message[MESSAGE_SIZE];
	struct sockaddr_nl sender = { .nl_pid = UINT32_MAX };
	struct proc_event event;

	while (forks->events >= 0) {
		socklen_t length = sizeof(sender);
		ssize_t received = recvfrom(forks->events, message, sizeof(message), 0,
		                            (struct sockaddr *)&sender, &length);

		if (received < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		/* Any process may send to this socket; the kernel's port is 0. */
		if (received >= 0 && sender.nl_pid != 0)
			continue;
		/* ENOBUFS: the buffer overflowed. */
		if (received < (ssize_t)(sizeof(struct event_message) + sizeof(event))) {
			stop_following(forks);
			return;
		}
		memcpy(&event, message + sizeof(struct event_message), sizeof(event));
		if (take_event(forks, &event) < 0)
			stop_following(forks);
	}
}

/*
 * The minimum time before a pid is reused, in milliseconds. pid_max of proc_sys_kernel(5) is 32768
 * on many machines, and two processors can assign that many in a third of a second.
 */
static uint64_t pid_stays(void)
{
	const long processors = sysconf(_SC_NPROCESSORS_ONLN);
	uint64_t pids;
	uint64_t stays;

	if (number_file_read("/proc/sys/kernel/pid_max", &pids) < 0)
		return 0;
	stays = pids / PIDS_GIVEN / (processors > 0 ? (uint64_t)processors : 1);
	return stays < PID_STAYS_MAX ? stays : PID_STAYS_MAX;
}

bool pid_life_covers(const struct pid_life *life, uint64_t from, uint64_t to)
{
	uint64_t unknown = 0;

	if (life->begin > to || life->end < from)
		return false;
	if (life->begin > from)
		unknown += life->begin - from;
	if (life->end < to)
		unknown += to - life->end;
	return unknown == 0 || unknown <= pid_stays();
}

bool fork_watch_had(const struct fork_watch *forks, pid_t pid, uint64_t from, uint64_t to)
{
	const size_t place = place_of(forks, pid);

	if (is_living(forks, place, pid) && pid_life_covers(&forks->living[place], from, to))
		return true;
	for (size_t i = 0; i < forks->ended_count; i++) {
		if (forks->ended[i].pid == pid && pid_life_covers(&forks->ended[i], from, to))
			return true;
	}
	return false;
}

void fork_watch_forget(struct fork_watch *forks, uint64_t before)
{
	size_t kept = 0;

	for (size_t i = 0; i < forks->ended_count; i++) {
		if (forks->ended[i].end >= before)
			forks->ended[kept++] = forks->ended[i];
	}
	forks->ended_count = kept;
}
