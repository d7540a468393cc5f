#include "stream/interrupt.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <sys/time.h>
#include <time.h>

static const int held_signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE };
enum { HELD_SIGNALS = sizeof(held_signals) / sizeof(held_signals[0]) };

enum mode { MODE_USUAL, MODE_HOLD, MODE_CATCH };

/* One per process, like the signal mask and the handlers. */
static enum mode mode;
static volatile sig_atomic_t caught; /* the signal that ended a wait, 0 for none */
static sigset_t held;
static sigset_t mask_before;
static struct sigaction actions_before[HELD_SIGNALS];
static struct sigaction alarm_before;

/* Held signals are delivered only within ppoll(2), which unblocks them. */
static void on_signal(int number)
{
	caught = number;
}

/*
 * A signal that arrives just before a blocking system call would not interrupt it. So a timer keeps
 * interrupting such calls until the program has noticed the signal.
 */
static void on_caught_signal(int number)
{
	enum { EVERY_MICROSECONDS = 20000 };
	const struct itimerval again = {
		.it_interval.tv_usec = EVERY_MICROSECONDS,
		.it_value.tv_usec = EVERY_MICROSECONDS,
	};

	caught = number;
	setitimer(ITIMER_REAL, &again, NULL);
	/* A second signal has its usual effect. */
	for (size_t i = 0; i < HELD_SIGNALS; i++) {
		if (held_signals[i] == number)
			sigaction(number, &actions_before[i], NULL);
	}
}

static void on_alarm(int number)
{
	(void)number;
}

/* Ignored signals stay ignored, and signals blocked by the parent do not arrive. */
static bool is_ours(size_t i)
{
	return actions_before[i].sa_handler != SIG_IGN &&
	       sigismember(&mask_before, held_signals[i]) == 0;
}

static void set_handlers(const struct sigaction *action)
{
	for (size_t i = 0; i < HELD_SIGNALS; i++) {
		/* After SIGPIPE no reader is left for a report, so its default action is kept. */
		if (is_ours(i) && !(mode == MODE_CATCH && held_signals[i] == SIGPIPE))
			sigaction(held_signals[i], action, NULL);
	}
}

static void look_around(void)
{
	sigprocmask(SIG_BLOCK, NULL, &mask_before);
	sigemptyset(&held);
	for (size_t i = 0; i < HELD_SIGNALS; i++) {
		sigaction(held_signals[i], NULL, &actions_before[i]);
		if (is_ours(i))
			sigaddset(&held, held_signals[i]);
	}
}

void interrupt_hold(void)
{
	const struct sigaction action = { .sa_handler = on_signal };

	if (mode != MODE_USUAL)
		return;
	look_around();
	mode = MODE_HOLD;
	sigprocmask(SIG_BLOCK, &held, NULL);
	set_handlers(&action);
}

void interrupt_regularly(unsigned int milliseconds)
{
	const struct timeval interval = {
		.tv_sec = (time_t)(milliseconds / 1000),
		.tv_usec = (suseconds_t)(milliseconds % 1000) * 1000,
	};
	const struct itimerval again = { .it_interval = interval, .it_value = interval };

	/* Then a faster timer is running. */
	if (mode == MODE_CATCH && caught == 0)
		setitimer(ITIMER_REAL, &again, NULL);
}

void interrupt_catch(void)
{
	/* No SA_RESTART: blocking calls are interrupted. */
	const struct sigaction action = { .sa_handler = on_caught_signal };
	const struct sigaction alarm_action = { .sa_handler = on_alarm };
	sigset_t alarm;

	if (mode != MODE_USUAL)
		return;
	look_around();
	mode = MODE_CATCH;
	sigemptyset(&alarm);
	sigaddset(&alarm, SIGALRM);
	sigprocmask(SIG_UNBLOCK, &alarm, NULL);
	sigaction(SIGALRM, &alarm_action, &alarm_before);
	set_handlers(&action);
}

static void restore(void)
{
	const struct itimerval never = { .it_value.tv_sec = 0 };

	if (mode == MODE_CATCH) {
		setitimer(ITIMER_REAL, &never, NULL);
		sigaction(SIGALRM, &alarm_before, NULL);
	}
	for (size_t i = 0; i < HELD_SIGNALS; i++) {
		if (is_ours(i))
			sigaction(held_signals[i], &actions_before[i], NULL);
	}
}

void interrupt_release(void)
{
	if (mode == MODE_USUAL)
		return;
	restore();
	sigprocmask(SIG_SETMASK, &mask_before, NULL);
	mode = MODE_USUAL;
	if (caught != 0)
		raise(caught);
	caught = 0;
}

void interrupt_forget(void)
{
	const struct timespec at_once = { .tv_sec = 0 };

	int taken = mode == MODE_HOLD;

	while (taken > 0)
		taken = sigtimedwait(&held, NULL, &at_once);
	caught = 0;
	interrupt_release();
}

bool interrupt_pending(void)
{
	sigset_t pending;

	if (mode == MODE_USUAL)
		return false;
	if (caught != 0)
		return true;
	if (mode == MODE_CATCH || sigpending(&pending) < 0)
		return false;
	for (size_t i = 0; i < HELD_SIGNALS; i++) {
		if (sigismember(&held, held_signals[i]) == 1 &&
		    sigismember(&pending, held_signals[i]) == 1)
			return true;
	}
	return false;
}

/* Call ppoll(2) with the held signals unblocked. */
static int wait_for(struct pollfd *wanted, const struct timespec *limit)
{
	if (interrupt_pending()) {
		errno = EINTR;
		return -1;
	}
	if (ppoll(wanted, wanted != NULL, limit, mode == MODE_HOLD ? &mask_before : NULL) < 0 &&
	    errno == EINTR)
		return -1;
	return 0;
}

int interrupt_wait_readable(int fd)
{
	struct pollfd wanted = { .fd = fd, .events = POLLIN };

	/* poll(2) reports a regular file as always readable. */
	return mode == MODE_HOLD ? wait_for(&wanted, NULL) : 0;
}

int interrupt_wait_seconds(uint64_t seconds)
{
	const uint64_t longest = UINT64_C(1) << 40;
	const struct timespec limit = { .tv_sec = (time_t)(seconds < longest ? seconds : longest) };

	return wait_for(NULL, seconds == UINT64_MAX ? NULL : &limit);
}
