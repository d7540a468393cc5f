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

/* The handle in a part of a report, or NULL. */
static const struct file_handle *handle_in(const char *part, size_t length)
{
	const size_t fixed = sizeof(struct fanotify_event_info_fid);
	const struct file_handle *handle = (const void *)(part + fixed);

	return length >= fixed + sizeof(*handle) &&
	               handle->handle_bytes <= length - fixed - sizeof(*handle)
	           ? handle
	           : NULL;
}

/* The name that follows a handle, up to its NUL, or NULL. */
static const char *name_in(const char *part, size_t length)
{
	const struct file_handle *handle = handle_in(part, length);
	const char *name;

	if (handle == NULL)
		return NULL;
	name = (const char *)handle->f_handle + handle->handle_bytes;
	return memchr(name, '\0', (size_t)(part + length - name)) != NULL ? name : NULL;
}

/* Returns false if the part is shorter than its content. */
static bool take_part(struct fanotify_report *report, unsigned int type, const char *part,
                      size_t length)
{
	const size_t header = sizeof(struct fanotify_event_info_header);
	const struct file_handle *handle;

	switch (type) {
	case FAN_EVENT_INFO_TYPE_FID:
		handle = handle_in(part, length);
		if (handle != NULL)
			file_key_of_handle(&report->file, handle);
		return handle != NULL;
	case FAN_EVENT_INFO_TYPE_DFID_NAME:
	case LINUX_FAN_INFO_NEW_NAME:
		report->name = name_in(part, length);
		return report->name != NULL;
	case LINUX_FAN_INFO_OLD_NAME:
		report->old_name = name_in(part, length);
		return report->old_name != NULL;
	case FAN_EVENT_INFO_TYPE_PIDFD:
		if (length < header + sizeof(report->process))
			return false;
		memcpy(&report->process, part + header, sizeof(report->process));
		return true;
	default:
		return true;
	}
}

size_t fanotify_report_parse(const char *bytes, size_t length, struct fanotify_report *report)
{
	struct fanotify_event_metadata event;
	struct fanotify_event_info_header header;

	*report = (struct fanotify_report){ .process = -1 };
	if (length < sizeof(event))
		return 0;
	/* Events are not aligned to 8 bytes, but all that they have is aligned to 4. */
	memcpy(&event, bytes, sizeof(event));
	if (event.event_len > length || event.metadata_len > event.event_len ||
	    event.metadata_len < sizeof(event))
		return 0;
	report->mask = event.mask;
	report->pid = event.pid;
	for (size_t at = event.metadata_len; at < event.event_len; at += header.len) {
		const size_t rest = event.event_len - at;

		if (rest < sizeof(header) ||
		    (uintptr_t)(bytes + at) % _Alignof(struct file_handle) != 0)
			return 0;
		memcpy(&header, bytes + at, sizeof(header));
		if (header.len < sizeof(header) || header.len > rest ||
		    !take_part(report, header.info_type, bytes + at, header.len))
			return 0;
	}
	return event.event_len;
}

int fanotify_events_read(int fanotify, fanotify_handler *handler, void *closure)
{
	_Alignas(struct fanotify_event_metadata) char reports[REPORTS_SIZE];
	ssize_t length;

	while ((length = read(fanotify, reports, sizeof(reports))) > 0 ||
	       (length < 0 && errno == EINTR)) {
		size_t size;

		for (const char *at = reports; at < reports + length; at += size) {
			struct fanotify_report report;

			size = fanotify_report_parse(at, (size_t)(reports + length - at), &report);
			if (size > 0)
				handler(closure, &report);
			descriptor_close(report.process);
			if (size == 0) {
				errno = EPROTO;
				return -1;
			}
		}
	}
	return length < 0 && errno != EAGAIN ? -1 : 0;
}
