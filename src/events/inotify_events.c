#include "events/inotify_events.h"

#include "base/descriptor.h"

#include <errno.h>
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

int inotify_events_read(int inotify, inotify_handler *handler, void *closure)
{
	_Alignas(struct inotify_event) char reports[REPORTS_SIZE];
	ssize_t length;

	while ((length = read(inotify, reports, sizeof(reports))) > 0 ||
	       (length < 0 && errno == EINTR)) {
		for (const char *at = reports; at < reports + length;) {
			const struct inotify_event *event = (const void *)at;

			handler(closure, event);
			at += sizeof(*event) + event->len;
		}
	}
	return length < 0 && errno != EAGAIN ? -1 : 0;
}
