#include "base/clock.h"

uint64_t clock_nanoseconds(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * NANOSECONDS_PER_SECOND + (uint64_t)now.tv_nsec;
}

uint64_t clock_milliseconds(clockid_t clock)
{
	return clock_nanoseconds(clock) / 1000000;
}

void clock_pause(void)
{
	(void)nanosleep(&(struct timespec){ .tv_nsec = NANOSECONDS_PER_SECOND / 100 }, NULL);
}

bool clock_was_set_back(uint64_t before, uint64_t now)
{
	return before > now && before - now > NANOSECONDS_PER_SECOND;
}
