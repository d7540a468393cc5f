#include "base/descriptor.h"

#include <errno.h>
#include <fcntl.h>
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
	const int fd = openat(at, path, flags | O_NOATIME);

	return fd < 0 && errno == EPERM ? openat(at, path, flags) : fd;
}
