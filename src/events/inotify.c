/*
 * POSIX objects as inotify(7) reports them to any user, without the process.
 */
#include "base/memory.h"
#include "events/inotify_events.h"
#include "events/posix_source.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

/* The two reports of a rename(2) come one after the other, but not as one: milliseconds. */
enum { RENAME_WAIT = 1 };

static int watch(struct posix_directory *directory, int fd, const char *path)
{
	const uint32_t mask =
	    IN_CREATE | IN_DELETE | IN_MOVE | IN_OPEN | IN_CLOSE | IN_MODIFY | IN_ATTRIB;

	(void)fd;
	directory->watch = inotify_events_open(path, mask);
	return directory->watch < 0 ? -1 : 0;
}

static void explain(int number, const char *path, struct error *error)
{
	if (number == EMFILE || number == ENOSPC)
		error_set_errno(error, number,
		                "%s can't be watched: the limits of inotify(7) are in "
		                "/proc/sys/fs/inotify",
		                path);
	else
		error_set_errno(error, number, "%s can't be watched by inotify(7)", path);
}

/* The reports of each event. */
static const struct {
	uint32_t mask;
	enum posix_what what;
} reported[] = {
	{ IN_Q_OVERFLOW, POSIX_LOST }, { IN_CREATE, POSIX_CREATED }, { IN_MOVE, POSIX_RENAMED },
	{ IN_OPEN, POSIX_OPENED },     { IN_MODIFY, POSIX_WRITTEN }, { IN_ATTRIB, POSIX_CHANGED },
	{ IN_CLOSE, POSIX_CLOSED },    { IN_DELETE, POSIX_REMOVED },
};

struct inotify_reading {
	struct posix_reading *reading;
	/* The first half of a rename. */
	char *moved; /* its name; NULL: none */
	uint32_t cookie;
};

static void forget_moved(struct inotify_reading *inotify)
{
	free(inotify->moved);
	inotify->moved = NULL;
}

/* Pass on a rename whose new name is in another directory. */
static void take_moved_out(struct inotify_reading *inotify)
{
	struct posix_report report = { .what = POSIX_RENAMED, .old_name = inotify->moved };

	if (inotify->moved == NULL)
		return;
	posix_source_take(inotify->reading, &report);
	forget_moved(inotify);
}

static void take(void *closure, const struct inotify_event *event)
{
	struct inotify_reading *inotify = closure;
	struct posix_report report = { .name = event->name };

	for (size_t i = 0; i < sizeof(reported) / sizeof(reported[0]); i++) {
		if (event->mask & reported[i].mask)
			report.what |= reported[i].what;
	}
	if ((event->mask & IN_MOVED_TO) && inotify->moved != NULL &&
	    inotify->cookie == event->cookie)
		report.old_name = inotify->moved;
	else
		take_moved_out(inotify);
	/* Neither a directory nor the watch itself. */
	if ((event->mask & IN_ISDIR) || report.what == 0 ||
	    (event->len == 0 && !(report.what & POSIX_LOST)))
		return;
	if (event->mask & IN_MOVED_FROM) {
		inotify->moved = needed(strdup(event->name));
		inotify->cookie = event->cookie;
		return;
	}
	posix_source_take(inotify->reading, &report);
	if (report.old_name != NULL)
		forget_moved(inotify);
}

static int read_reports(struct posix_directory *directory, struct posix_reading *reading)
{
	struct inotify_reading inotify = { .reading = reading };
	struct pollfd ready = { .fd = directory->watch, .events = POLLIN };
	int result;

	do {
		result = inotify_events_read(directory->watch, take, &inotify);
	} while (result == 0 && inotify.moved != NULL && poll(&ready, 1, RENAME_WAIT) > 0);
	take_moved_out(&inotify);
	return result;
}

static int open_source(const struct event_request *request, unsigned int kinds, void **state,
                       unsigned int *opened, struct error *error)
{
	static const struct posix_interface inotify = {
		.by_name = true,
		.watch = watch,
		.explain = explain,
		.read = read_reports,
	};

	(void)request;
	return posix_source_open(&inotify, kinds, state, opened, error);
}

const struct event_source inotify_source = {
	.name = "inotify",
	.kinds = KINDS_POSIX,
	.open = open_source,
	.fd = posix_source_fd,
	.read = posix_source_read,
	.close = posix_source_close,
};
