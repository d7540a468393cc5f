#include "base/descriptor.h"

#include <errno.h>
#include <unistd.h>

void descriptor_close(int fd)
{
	const int saved = errno;

	if (fd >= 0)
		close(fd);
	errno = saved;
}
