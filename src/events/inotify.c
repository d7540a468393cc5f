/*
 * POSIX objects as inotify(7) reports them to any user, without the process.
 */
#include "base/memory.h"
#include "events/posix_source.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

enum { REPORTS_SIZE = 1 << 16 };

/* The two reports of a rename(2) come one after the other, but not as one: milliseconds. */
enum { RENAME_WAIT = 1 };

static int watch(struct posix_directory *directory, int fd, const char *path)
{
	const uint32_t mask = IN_CREATE | IN_DELETE | IN_MOVE | IN_OPEN | IN_CLOSE | IN_MODIFY |
	                      IN_ATTRIB | IN_ONLYDIR;

	(void)fd;
	directory->watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (directory->watch < 0 || inotify_add_watch(directory->watch, path, mask) < 0)
		return -1;
	return 0;
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

/* What is reported. */
static const struct {
	uint32_t mask;
	enum posix_what what;
} reported[] = {
	{ IN_Q_OVERFLOW, POSIX_LOST }, { IN_CREATE, POSIX_CREATED }, { IN_MOVE, POSIX_RENAMED },
	{ IN_OPEN, POSIX_OPENED },     { IN_MODIFY, POSIX_WRITTEN }, { IN_ATTRIB, POSIX_CHANGED },
	{ IN_CLOSE, POSIX_CLOSED },    { IN_DELETE, POSIX_REMOVED },
};

/* The first half of a rename. */
struct moved {
	char *name; /* NULL: none */
	uint32_t cookie;
};

/* Pass on a rename whose new name is in another directory. */
static void take_moved_out(struct posix_reading *reading, struct moved *moved)
{
	struct posix_report report = { .what = POSIX_RENAMED, .old_name = moved->name };

	if (moved->name == NULL)
		return;
	posix_source_take(reading, &report);
	free(moved->name);
	moved->name = NULL;
}

static void take(struct posix_reading *reading, const struct inotify_event *event,
                 struct moved *moved)
{
	struct posix_report report = { .name = event->name };

	for (size_t i = 0; i < sizeof(reported) / sizeof(reported[0]); i++) {
		if (event->mask & reported[i].mask)
			report.what |= reported[i].what;
	}
	if ((event->mask & IN_MOVED_TO) && moved->name != NULL && moved->cookie == event->cookie)
		report.old_name = moved->name;
	else
		take_moved_out(reading, moved);
	/* Neither a directory nor the watch itself. */
	if ((event->mask & IN_ISDIR) || report.what == 0 ||
	    (event->len == 0 && !(report.what & POSIX_LOST)))
		return;
	if (event->mask & IN_MOVED_FROM) {
		moved->name = needed(strdup(event->name));
		moved->cookie = event->cookie;
		return;
	}
	posix_source_take(reading, &report);
	if (report.old_name != NULL) {
		free(moved->name);
		moved->name = NULL;
	}
}

static int read_reports(struct posix_directory *directory, struct posix_reading *reading)
{
	_Alignas(struct inotify_event) char reports[REPORTS_SIZE];
	struct moved moved = { .name = NULL };
	struct pollfd ready = { .fd = directory->watch, .events = POLLIN };
	ssize_t length;

	while ((length = read(directory->watch, reports, sizeof(reports))) > 0 ||
	       (length < 0 && errno == EINTR) ||
	       (moved.name != NULL && poll(&ready, 1, RENAME_WAIT) > 0)) {
		for (const char *at = reports; at < reports + length;) {
			const struct inotify_event *event = (const void *)at;

			take(reading, event, &moved);
			at += sizeof(*event) + event->len;
		}
	}
	take_moved_out(reading, &moved);
	return length < 0 && errno != EAGAIN ? -1 : 0;
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
