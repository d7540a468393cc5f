/*
 * Signals that would end the program in the middle of an operation.
 *
 * SIGINT, SIGTERM, SIGHUP, SIGQUIT and SIGPIPE are either held back, if the operation must be
 * completed or undone, or caught, if a report of its progress is enough. Ignored signals stay
 * ignored.
 */
#ifndef SHMTOOL_STREAM_INTERRUPT_H
#define SHMTOOL_STREAM_INTERRUPT_H

#include <stdbool.h>
#include <stdint.h>

/**
 * Hold the signals back until interrupt_release(), unless they are held already. A signal still
 * ends a wait for input or time in the functions below.
 */
void interrupt_hold(void);

/**
 * Catch SIGINT, SIGTERM, SIGHUP and SIGQUIT until interrupt_release(): a blocking system call fails
 * with EINTR, and interrupt_pending() returns true. A second signal has its usual effect.
 */
void interrupt_catch(void);

/**
 * After interrupt_catch(), interrupt blocking system calls at regular intervals until
 * interrupt_release(): that costs less than a timeout for each call. A call that begins just after the
 * end of an interval is interrupted by the end of the next one.
 */
void interrupt_regularly(unsigned int milliseconds);

/** Release the signals: if one has arrived, it usually ends the program here. */
void interrupt_release(void);

/** As interrupt_release(), but discard a signal that has arrived: it has had its effect. */
void interrupt_forget(void);

/** Whether a signal has arrived. */
bool interrupt_pending(void);

/**
 * Wait until a read from a descriptor does not block. Without interrupt_hold() this returns at
 * once, because a signal then interrupts read(2) itself.
 *
 * @return 0, or -1 with errno EINTR if a held signal has arrived
 */
int interrupt_wait_readable(int fd);

/**
 * Wait for some time; after interrupt_hold() a signal ends the wait.
 *
 * @param seconds  to wait; UINT64_MAX waits forever
 * @return 0, or -1 with errno EINTR if a signal has arrived
 */
int interrupt_wait_seconds(uint64_t seconds);

#endif
