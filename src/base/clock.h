/*
 * The time of the kernel's clocks as one number.
 */
#ifndef SHMTOOL_BASE_CLOCK_H
#define SHMTOOL_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

enum { NANOSECONDS_PER_SECOND = 1000000000 };

/** Read a clock of clock_gettime(2), in nanoseconds. */
uint64_t clock_nanoseconds(clockid_t clock);

/** The same in milliseconds. */
uint64_t clock_milliseconds(clockid_t clock);

/** Wait for a hundredth of a second, before a call that has failed for want of memory is tried again. */
void clock_pause(void);

/**
 * Check whether CLOCK_REALTIME was set back by more than a second; a smaller difference can come from
 * an adjustment or the measurement.
 *
 * @param before  an earlier time, nanoseconds since 1970
 * @param now     the time now
 */
bool clock_was_set_back(uint64_t before, uint64_t now);

#endif
