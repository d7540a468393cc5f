/*
 * Signals held back while something half-done would be left behind.
 *
 * SIGINT, SIGTERM, SIGHUP, SIGQUIT and SIGPIPE wait between interrupt_hold() and
 * interrupt_release(); then they do what they would have done. Waiting for input still ends when
 * one comes.
 */
#ifndef SHMTOOL_DATA_INTERRUPT_H
#define SHMTOOL_DATA_INTERRUPT_H

#include <stdbool.h>

/** Hold the signals back, if they are not held already. Signals that are ignored stay ignored. */
void interrupt_hold(void);

/** Let them go: if one has come, the program usually ends here. */
void interrupt_release(void);

/** Tell whether one has come. */
bool interrupt_pending(void);

/**
 * Wait until a descriptor can be read without waiting. Without interrupt_hold() it returns at
 * once, because then read(2) may be interrupted as usual.
 *
 * @return 0, or -1 with errno EINTR if a held signal has come
 */
int interrupt_wait_readable(int fd);

#endif
