#include "ipc/semaphore.h"

#include <semaphore.h>
#include <unistd.h>

int semaphore_read_value(int fd, uint64_t bytes, unsigned int *value)
{
	sem_t copy;
	int result;

	if (bytes != sizeof(copy) || pread(fd, &copy, sizeof(copy), 0) != (ssize_t)sizeof(copy) ||
	    sem_getvalue(&copy, &result) < 0 || result < 0)
		return -1;
	*value = (unsigned int)result;
	return 0;
}
