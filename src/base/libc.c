#include "base/libc.h"

#ifndef __GLIBC__

#include "base/descriptor.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>

int scandirat(int directory, const char *path, struct dirent ***entries,
              int (*select)(const struct dirent *),
              int (*compare)(const struct dirent **, const struct dirent **))
{
	char opened[32];
	const int fd = openat(directory, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int count;

	if (fd < 0)
		return -1;
	snprintf(opened, sizeof(opened), "/proc/self/fd/%d", fd);
	count = scandir(opened, entries, select, compare);
	descriptor_close(fd);
	return count;
}

#endif
