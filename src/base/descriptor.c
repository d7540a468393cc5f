#include "base/descriptor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <unistd.h>

void descriptor_close(int fd)
{
	const int saved = errno;

	if (fd >= 0)
		close(fd);
	errno = saved;
}

int descriptor_open_directory(int at, const char *path)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
	int fd = openat(at, path, flags | O_NOATIME);

	if (fd < 0 && errno == EPERM)
		fd = openat(at, path, flags);
	return fd;
}

int descriptor_open_nothing(int flags)
{
	int fd = open("/dev/null", flags);

	if (fd < 0)
		fd = open("/", O_PATH | (flags & O_CLOEXEC));
	return fd;
}

short descriptor_events(int fd)
{
	struct pollfd polled = { .fd = fd, .events = POLLIN };
	struct epoll_event event = { .events = EPOLLIN };
	short events = 0;
	int waiting;

	if (poll(&polled, 1, 0) >= 0)
		return polled.revents;
	waiting = epoll_create1(EPOLL_CLOEXEC);
	/* The events have the same bits. */
	if (waiting >= 0 && epoll_ctl(waiting, EPOLL_CTL_ADD, fd, &event) == 0 &&
	    epoll_wait(waiting, &event, 1, 0) > 0)
		events = (short)event.events;
	descriptor_close(waiting);
	return events;
}
