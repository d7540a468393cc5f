#include "events/inotify_events.h"

#include "base/descriptor.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { REPORTS_SIZE = 1 << 16 };

int inotify_events_open(const char *path, uint32_t mask)
{
	const int inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

	if (inotify < 0 || inotify_add_watch(inotify, path, mask | IN_ONLYDIR) >= 0)
		return inotify;
	descriptor_close(inotify);
	return -1;
}

const struct inotify_event *inotify_event_parse(const char *bytes, size_t length)
{
	const struct inotify_event *event = (const void *)bytes;

	/* The kernel pads names, so that events stay aligned. */
	if (length < sizeof(*event) || event->len > length - sizeof(*event) ||
	    event->len % _Alignof(struct inotify_event) != 0 ||
	    (event->len > 0 && memchr(event->name, '\0', event->len) == NULL))
		return NULL;
	return event;
}

int inotify_events_read(int inotify, inotify_handler *handler, void *closure)
{
	_Alignas(struct inotify_event) char reports[REPORTS_SIZE];
	ssize_t length;

	while ((length = read(inotify, reports, sizeof(reports))) > 0 ||
	       (length < 0 && errno == EINTR)) {
		for (const char *at = reports; at < reports + length;) {
			const struct inotify_event *event =
			    inotify_event_parse(at, (size_t)(reports + length - at));

			if (event == NULL) {
				errno = EPROTO;
				return -1;
			}
			handler(closure, event);
			at += sizeof(*event) + event->len;
		}
	}
	return length < 0 && errno != EAGAIN ? -1 : 0;
}
