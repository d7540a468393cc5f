/*
 * Signals that would end the program while something is half-done.
 *
 * SIGINT, SIGTERM, SIGHUP, SIGQUIT and SIGPIPE are either held back, where what was begun must be
 * finished or undone, or caught, where it is enough to say how far it got. Signals that are
 * ignored stay ignored.
 */
#ifndef SHMTOOL_STREAM_INTERRUPT_H
#define SHMTOOL_STREAM_INTERRUPT_H

#include <stdbool.h>
#include <stdint.h>

/**
 * Hold the signals back until interrupt_release(), if they are not held already. Waiting for input
 * or time with the functions below still ends when one comes.
 */
void interrupt_hold(void);

/**
 * Catch SIGINT, SIGTERM, SIGHUP and SIGQUIT until interrupt_release(): a system call that waits
 * fails with EINTR, and interrupt_pending() tells why. The second signal does what it always does.
 */
void interrupt_catch(void);

/** Let them go: if one has come, the program usually ends here. */
void interrupt_release(void);

/** As interrupt_release(), but one that has come is forgotten: it has had its effect. */
void interrupt_forget(void);

/** Tell whether one has come. */
bool interrupt_pending(void);

/**
 * Wait until a descriptor can be read without waiting. Without interrupt_hold() it returns at
 * once, because then read(2) may be interrupted as usual.
 *
 * @return 0, or -1 with errno EINTR if a held signal has come
 */
int interrupt_wait_readable(int fd);

/**
 * Wait for some time; after interrupt_hold() a signal ends it.
 *
 * @param milliseconds  of it; UINT64_MAX for ever
 * @return 0, or -1 with errno EINTR if a signal has come
 */
int interrupt_wait_time(uint64_t milliseconds);

#endif
