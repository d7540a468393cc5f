#include "base/random.h"

#include <sys/random.h>
#include <time.h>
#include <unistd.h>

uint32_t random_number(void)
{
	struct timespec now = { 0 };
	uint32_t number;

	if (getrandom(&number, sizeof(number), GRND_NONBLOCK) == (ssize_t)sizeof(number))
		return number;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint32_t)now.tv_nsec << 2 ^ (uint32_t)now.tv_sec ^ (uint32_t)getpid() << 16;
}
