#include "data/interrupt.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>

static const int held_signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE };
enum { HELD_SIGNALS = sizeof(held_signals) / sizeof(held_signals[0]) };

/* State of the process, as signals are: there is one mask and one set of handlers. */
static bool holding;
static volatile sig_atomic_t caught; /* the signal that ended a wait, 0 for none */
static sigset_t held;
static sigset_t mask_before;
static struct sigaction actions_before[HELD_SIGNALS];

/* Called only within ppoll(2), which lets the signals through. */
static void on_signal(int number)
{
	caught = number;
}

/* Ignored signals stay ignored, and those that the caller blocked don't come anyway. */
static bool is_to_be_held(size_t i)
{
	return actions_before[i].sa_handler != SIG_IGN &&
	       sigismember(&mask_before, held_signals[i]) == 0;
}

void interrupt_hold(void)
{
	struct sigaction action = { .sa_handler = on_signal };

	if (holding)
		return;
	sigprocmask(SIG_BLOCK, NULL, &mask_before);
	sigemptyset(&held);
	for (size_t i = 0; i < HELD_SIGNALS; i++) {
		sigaction(held_signals[i], NULL, &actions_before[i]);
		if (is_to_be_held(i))
			sigaddset(&held, held_signals[i]);
	}
	sigprocmask(SIG_BLOCK, &held, NULL);
	for (size_t i = 0; i < HELD_SIGNALS; i++) {
		if (is_to_be_held(i))
			sigaction(held_signals[i], &action, NULL);
	}
	holding = true;
}

void interrupt_release(void)
{
	if (!holding)
		return;
	for (size_t i = 0; i < HELD_SIGNALS; i++) {
		if (is_to_be_held(i))
			sigaction(held_signals[i], &actions_before[i], NULL);
	}
	sigprocmask(SIG_SETMASK, &mask_before, NULL);
	holding = false;
	if (caught != 0)
		raise(caught);
	caught = 0;
}

bool interrupt_pending(void)
{
	sigset_t pending;

	if (!holding)
		return false;
	if (caught != 0)
		return true;
	if (sigpending(&pending) < 0)
		return false;
	for (size_t i = 0; i < HELD_SIGNALS; i++) {
		if (sigismember(&held, held_signals[i]) == 1 &&
		    sigismember(&pending, held_signals[i]) == 1)
			return true;
	}
	return false;
}

int interrupt_wait_readable(int fd)
{
	struct pollfd wanted = { .fd = fd, .events = POLLIN };

	if (!holding)
		return 0;
	if (interrupt_pending()) {
		errno = EINTR;
		return -1;
	}
	/* poll(2) calls a regular file always readable. */
	if (ppoll(&wanted, 1, NULL, &mask_before) < 0 && errno == EINTR)
		return -1;
	return 0;
}
