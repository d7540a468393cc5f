#include "events/posix_source.h"

#include "base/clock.h"
#include "base/descriptor.h"
#include "base/memory.h"
#include "events/process_facts.h"
#include "objects/posix.h"
#include "objects/posix_queue.h"
#include "system/place.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum { DIRECTORIES = 2 };

struct posix_source {
	const struct posix_interface *interface;
	struct posix_directory directories[DIRECTORIES];
	size_t count;
	struct process_facts *facts;
	int queues; /* the directory of queues that is mounted only for this source; -1 */
	char queues_path[32];
	uint64_t clock; /* of the last event, nanoseconds since 1970 */
	int timer;      /* for events that are held back */
	uint64_t due;   /* when such events are due, in nanoseconds since 1970; UINT64_MAX: none */
	int epoll;
};

/* The time, later than that of each event before. */
static uint64_t next_time(uint64_t *clock)
{
	const uint64_t time = clock_nanoseconds(CLOCK_REALTIME);

	*clock = time > *clock || clock_was_set_back(*clock, time) ? time : *clock + 1;
	return *clock;
}

void posix_source_take(struct posix_reading *reading, struct posix_report *report)
{
	report->time = next_time(reading->clock);
	posix_events_take(reading->directory->events, report, reading->sink);
}

static int wait_for(struct posix_source *source, int fd)
{
	struct epoll_event event = { .events = EPOLLIN };

	return epoll_ctl(source->epoll, EPOLL_CTL_ADD, fd, &event);
}

static void close_directory(struct posix_directory *directory)
{
	descriptor_close(directory->watch);
	open_counts_free(directory->counts);
	posix_events_free(directory->events);
	*directory = (struct posix_directory){ .watch = -1 };
}

/* Watch a directory; returns false with error set if that is impossible. */
static bool watch(struct posix_source *source, const char *path, object_file_kind_fn *kind_of,
                  unsigned int kinds, struct error *error)
{
	const struct posix_interface *interface = source->interface;
	struct posix_directory *directory = &source->directories[source->count];
	struct error ignored;

	directory->events =
	    posix_events_new(path, kind_of, kinds, interface->by_name, source->facts);
	if (directory->events == NULL) {
		error_set_errno(error, errno, "%s can't be read", path);
		return false;
	}
	directory->watch = -1;
	if (interface->watch(directory, posix_events_directory(directory->events), path) < 0 ||
	    wait_for(source, directory->watch) < 0) {
		interface->explain(errno, path, error);
		close_directory(directory);
		return false;
	}
	/* Files that can't be listed now become known by their reports. */
	(void)posix_events_list(directory->events, &ignored);
	source->count++;
	return true;
}

/* Processes that exit at once are known then. */
static void follow_processes(struct posix_source *source)
{
	const int fd = process_facts_follow(source->facts);

	if (fd >= 0)
		(void)wait_for(source, fd);
}

static bool watch_queues(struct posix_source *source, struct error *error)
{
	const char *path = place_queue_directory();

	if (!posix_queue_is_mounted()) {
		source->queues = posix_queue_mount_unseen();
		if (source->queues < 0) {
			error_set(error, STATUS_FAILED, "%s is not mounted", POSIX_QUEUE_DIRECTORY);
			return false;
		}
		snprintf(source->queues_path, sizeof(source->queues_path), "/proc/self/fd/%d",
		         source->queues);
		path = source->queues_path;
	}
	return watch(source, path, posix_queue_file_kind, KIND_BIT(KIND_PMSG), error);
}

int posix_source_open(const struct posix_interface *interface, unsigned int kinds, void **state,
                      unsigned int *opened, struct error *error)
{
	struct posix_source *source = needed_array(1, sizeof(*source));
	struct error ignored;

	source->interface = interface;
	source->due = UINT64_MAX;
	source->queues = -1;
	source->facts = process_facts_new();
	source->epoll = epoll_create1(EPOLL_CLOEXEC);
	source->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (source->epoll < 0 || source->timer < 0 || wait_for(source, source->timer) < 0) {
		error_set_errno(error, errno, "can't wait for events");
		posix_source_close(source);
		return -1;
	}
	*opened = 0;
	if ((kinds & KINDS_DEVSHM) &&
	    watch(source, place_posix_directory(), posix_file_kind, kinds & KINDS_DEVSHM, error))
		*opened |= kinds & KINDS_DEVSHM;
	if ((kinds & KIND_BIT(KIND_PMSG)) &&
	    watch_queues(source, *opened != 0 || !(kinds & KINDS_DEVSHM) ? error : &ignored))
		*opened |= KIND_BIT(KIND_PMSG);
	*state = source;
	if (*opened != 0) {
		if (!interface->by_name)
			follow_processes(source);
		return 0;
	}
	posix_source_close(source);
	return -1;
}

int posix_source_fd(const void *state)
{
	return ((const struct posix_source *)state)->epoll;
}

/* Wake up when what is held back is due. */
static void set_timer(struct posix_source *source, uint64_t due, uint64_t now)
{
	const uint64_t left = due > now ? due - now : 1;
	struct itimerspec setting = { .it_value = { .tv_nsec = 0 } };

	if (due == UINT64_MAX && source->due == UINT64_MAX)
		return;
	source->due = due;
	if (due != UINT64_MAX) {
		setting.it_value.tv_sec = (time_t)(left / NANOSECONDS_PER_SECOND);
		setting.it_value.tv_nsec = (long)(left % NANOSECONDS_PER_SECOND);
	}
	(void)timerfd_settime(source->timer, 0, &setting, NULL);
}

uint64_t posix_source_read(void *state, bool finish, struct event_sink *sink)
{
	struct posix_source *source = state;
	struct posix_held held = { .since = UINT64_MAX, .due = UINT64_MAX };
	uint64_t now;

	process_facts_read(source->facts);
	for (size_t i = 0; i < source->count; i++) {
		struct posix_directory *directory = &source->directories[i];
		struct posix_reading reading = { directory, sink, &source->clock };
		struct posix_held one;

		/* Reports that can't be read are lost. */
		if (source->interface->read(directory, &reading) < 0 && errno != EAGAIN)
			posix_source_take(&reading, &(struct posix_report){ .what = POSIX_LOST });
		one =
		    posix_events_settle(directory->events, next_time(&source->clock), finish, sink);
		if (one.since < held.since)
			held.since = one.since;
		if (one.due < held.due)
			held.due = one.due;
	}
	now = next_time(&source->clock);
	set_timer(source, held.due, now);
	return held.since < now ? held.since : now;
}

void posix_source_close(void *state)
{
	struct posix_source *source = state;

	for (size_t i = 0; i < source->count; i++)
		close_directory(&source->directories[i]);
	descriptor_close(source->queues);
	process_facts_free(source->facts);
	descriptor_close(source->timer);
	descriptor_close(source->epoll);
	free(source);
}
