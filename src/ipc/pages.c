#include "ipc/pages.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

/* Linux 5.14; Debian 11's headers are older. */
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

/* What one call of read(2) is asked for, in bytes: it gives at most 2 GiB. */
enum { CHUNK = 1 << 30 };

static int read_zeros(char *address, size_t length)
{
	int zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	int result = -1;

	if (zero < 0)
		return -1;
	while (length > 0) {
		ssize_t done = read(zero, address, length < CHUNK ? length : CHUNK);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			goto done;
		address += done;
		length -= (size_t)done;
	}
	result = 0;
done:
	close(zero);
	return result;
}

int pages_populate_new(void *address, size_t length)
{
	if (madvise(address, length, MADV_POPULATE_WRITE) == 0)
		return 0;
	if (errno != EINVAL)
		return -1;
	return read_zeros(address, length);
}
