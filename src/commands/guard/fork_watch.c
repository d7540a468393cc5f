#include "commands/guard/fork_watch.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/sorted.h"
#include "events/process_connector.h"
#include "system/number_file.h"
#include "system/process.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

struct fork_watch *fork_watch_begin(pid_t ancestor)
{
	static const unsigned int kinds[] = { PROC_EVENT_FORK, (unsigned int)PROC_EVENT_EXIT };
	struct fork_watch *forks = calloc(1, sizeof(*forks));
	int saved;

	if (forks == NULL)
		return NULL;
	forks->ancestor = ancestor;
	forks->begin = process_clock();
	forks->events = process_connector_open(kinds, sizeof(kinds) / sizeof(kinds[0]));
	if (forks->events >= 0)
		return forks;
	saved = errno;
	free(forks);
	errno = saved;
	return NULL;
}

static void stop_following(struct fork_watch *forks)
{
	process_connector_close(forks->events);
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
	return process_clock() - clock_milliseconds(CLOCK_MONOTONIC) + nanoseconds / 1000000;
}

/* Threads cause the same events, but are neither parents nor creators. */
static bool take_event(void *closure, const struct proc_event *event)
{
	struct fork_watch *forks = closure;
	const uint64_t when = convert_time(event->timestamp_ns);

	/* In a time namespace, time_namespaces(7), clocks differ from the kernel's. */
	if (when + TOLERANCE < forks->begin || when > process_clock() + TOLERANCE)
		return false;
	if (event->what == PROC_EVENT_FORK &&
	    event->event_data.fork.child_pid == event->event_data.fork.child_tgid)
		note_fork(forks, event->event_data.fork.parent_tgid,
		          event->event_data.fork.child_tgid, when);
	if (event->what == PROC_EVENT_EXIT &&
	    event->event_data.exit.process_pid == event->event_data.exit.process_tgid)
		note_end(forks, event->event_data.exit.process_tgid, when);
	return true;
}

void fork_watch_read(struct fork_watch *forks)
{
	if (forks->events >= 0 && process_connector_read(forks->events, take_event, forks) < 0)
		stop_following(forks);
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
