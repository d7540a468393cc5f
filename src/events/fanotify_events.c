#include "events/fanotify_events.h"

#include "base/descriptor.h"
#include "system/linux.h"

#include <errno.h>
#include <string.h>
#include <sys/fanotify.h>
#include <unistd.h>

enum { REPORTS_SIZE = 1 << 16 };

int fanotify_events_open(int directory, uint64_t mask, unsigned int options)
{
	const unsigned int flags = options | FAN_CLASS_NOTIF | FAN_CLOEXEC | FAN_NONBLOCK |
	                           FAN_REPORT_FID | FAN_REPORT_DIR_FID | FAN_REPORT_NAME |
	                           FAN_REPORT_TARGET_FID;
	const int fanotify = fanotify_init(flags, O_RDONLY | O_CLOEXEC);

	if (fanotify < 0)
		return -1;
	/* The path "." makes a descriptor with O_PATH acceptable. */
	if (fanotify_mark(fanotify, FAN_MARK_ADD | FAN_MARK_ONLYDIR, mask, directory, ".") == 0)
		return fanotify;
	descriptor_close(fanotify);
	return -1;
}

/* The name that follows a handle. */
static const char *name_of(const struct fanotify_event_info_fid *info)
{
	const struct file_handle *handle = (const void *)info->handle;

	return (const char *)handle->f_handle + handle->handle_bytes;
}

static void take_info(struct fanotify_report *report, const char *at)
{
	const struct fanotify_event_info_header *header = (const void *)at;
	const struct fanotify_event_info_fid *info = (const void *)at;

	switch (header->info_type) {
	case FAN_EVENT_INFO_TYPE_FID:
		file_key_of_handle(&report->file, (const void *)info->handle);
		break;
	case FAN_EVENT_INFO_TYPE_DFID_NAME:
	case LINUX_FAN_INFO_NEW_NAME:
		report->name = name_of(info);
		break;
	case LINUX_FAN_INFO_OLD_NAME:
		report->old_name = name_of(info);
		break;
	case FAN_EVENT_INFO_TYPE_PIDFD:
		/* The header is followed by the descriptor. */
		memcpy(&report->process, header + 1, sizeof(report->process));
		break;
	default:
		break;
	}
}

/* Pass on a report; returns its length in bytes. */
static size_t take_report(const char *at, fanotify_handler *handler, void *closure)
{
	struct fanotify_report report = { .process = -1 };
	struct fanotify_event_metadata event;
	const char *end;

	/* Events are not aligned to 8 bytes. */
	memcpy(&event, at, sizeof(event));
	end = at + event.event_len;
	report.mask = event.mask;
	report.pid = event.pid;
	for (at += event.metadata_len; at < end;
	     at += ((const struct fanotify_event_info_header *)at)->len)
		take_info(&report, at);
	handler(closure, &report);
	descriptor_close(report.process);
	return event.event_len;
}

int fanotify_events_read(int fanotify, fanotify_handler *handler, void *closure)
{
	_Alignas(struct fanotify_event_metadata) char reports[REPORTS_SIZE];
	ssize_t length;

	while ((length = read(fanotify, reports, sizeof(reports))) > 0 ||
	       (length < 0 && errno == EINTR)) {
		for (const char *at = reports; at < reports + length;)
			at += take_report(at, handler, closure);
	}
	return length < 0 && errno != EAGAIN ? -1 : 0;
}
