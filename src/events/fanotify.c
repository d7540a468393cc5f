/*
 * POSIX objects as fanotify(7) reports them, with the process.
 */
#include "events/fanotify_events.h"
#include "events/posix_source.h"
#include "system/linux.h"

#include <errno.h>
#include <sys/fanotify.h>

static int watch(struct posix_directory *directory, int fd, const char *path)
{
	const uint64_t mask = FAN_CREATE | FAN_DELETE | FAN_RENAME | FAN_OPEN | FAN_CLOSE |
	                      FAN_MODIFY | FAN_ATTRIB | FAN_EVENT_ON_CHILD;

	directory->watch = fanotify_events_open(fd, mask, FAN_UNLIMITED_QUEUE | FAN_REPORT_PIDFD);
	if (directory->watch < 0)
		return -1;
	directory->counts = open_counts_new(path);
	return 0;
}

static void explain(int number, const char *path, struct error *error)
{
	if (number == EPERM)
		error_set(error, STATUS_FAILED,
		          "only root can see which processes use %s (fanotify_init(2) needs "
		          "CAP_SYS_ADMIN)",
		          path);
	else if (number == EINVAL || number == ENOSYS)
		error_set(error, STATUS_FAILED,
		          "the kernel reports processes that use %s since Linux 5.17", path);
	else
		error_set_errno(error, number, "%s can't be watched by fanotify(7)", path);
}

/* The reports of each event. */
static const struct {
	uint64_t mask;
	enum posix_what what;
} reported[] = {
	{ FAN_Q_OVERFLOW, POSIX_LOST }, { FAN_CREATE, POSIX_CREATED },
	{ FAN_RENAME, POSIX_RENAMED },  { FAN_OPEN, POSIX_OPENED },
	{ FAN_MODIFY, POSIX_WRITTEN },  { FAN_ATTRIB, POSIX_CHANGED },
	{ FAN_CLOSE, POSIX_CLOSED },    { FAN_DELETE, POSIX_REMOVED },
};

/* Note opens and closes. */
static void note(struct open_counts *counts, const struct posix_report *report)
{
	if (counts == NULL || report->name == NULL)
		return;
	if (report->what & POSIX_OPENED)
		open_counts_note(counts, OPEN_COUNTS_OPENED, report->name, report->file,
		                 report->pid);
	if (report->what & POSIX_CLOSED)
		open_counts_note(counts, OPEN_COUNTS_CLOSED, report->name, report->file,
		                 report->pid);
}

static void take(void *closure, struct fanotify_report *fanotify)
{
	struct posix_reading *reading = closure;
	struct posix_report report = {
		.file = &fanotify->file,
		.name = fanotify->name,
		.old_name = fanotify->old_name,
		.pid = fanotify->pid,
		.exited = fanotify->process < 0,
	};

	for (size_t i = 0; i < sizeof(reported) / sizeof(reported[0]); i++) {
		if (fanotify->mask & reported[i].mask)
			report.what |= reported[i].what;
	}
	note(reading->directory->counts, &report);
	posix_source_take(reading, &report);
}

/* Process an operation that was combined with another one. */
static void take_combined(void *closure, enum open_operation operation, const char *name,
                          const struct file_key *file, pid_t pid)
{
	struct posix_report report = {
		.what = operation == OPEN_COUNTS_OPENED ? POSIX_OPENED : POSIX_CLOSED,
		.file = file,
		.name = name,
		.pid = pid,
		.exited = true,
	};

	posix_source_take(closure, &report);
}

static int read_reports(struct posix_directory *directory, struct posix_reading *reading)
{
	int result;

	if (directory->counts == NULL)
		return fanotify_events_read(directory->watch, take, reading);
	open_counts_read(directory->counts);
	result = fanotify_events_read(directory->watch, take, reading);
	open_counts_settle(directory->counts, take_combined, reading);
	return result;
}

static int open_source(const struct event_request *request, unsigned int kinds, void **state,
                       unsigned int *opened, struct error *error)
{
	static const struct posix_interface fanotify = {
		.watch = watch,
		.explain = explain,
		.read = read_reports,
	};

	(void)request;
	return posix_source_open(&fanotify, kinds, state, opened, error);
}

const struct event_source fanotify_source = {
	.name = "fanotify",
	.kinds = KINDS_POSIX,
	.open = open_source,
	.fd = posix_source_fd,
	.read = posix_source_read,
	.close = posix_source_close,
};
