#include "channel/transmission.h"

#include "base/clock.h"
#include "stream/transfer.h"

#include <errno.h>
#include <inttypes.h>

uint64_t transmission_now(void)
{
	return clock_milliseconds(CLOCK_MONOTONIC);
}

uint64_t transmission_deadline(const struct transmission *transmission)
{
	const uint64_t timeout = transmission->timeout;
	uint64_t deadline;

	if (timeout == UINT64_MAX || __builtin_add_overflow(transmission_now(), timeout, &deadline))
		return UINT64_MAX;
	return deadline;
}

bool transmission_is_over(uint64_t deadline)
{
	return deadline != UINT64_MAX && transmission_now() >= deadline;
}

int transmission_timed_out(const struct transmission *transmission, const char *nothing,
                           struct error *error)
{
	const uint64_t seconds = transmission->timeout / 1000;

	return error_set(error, STATUS_TIMEOUT, "%s within %" PRIu64 " second%s", nothing, seconds,
	                 plural_s(seconds));
}

int transmission_stop(int number, struct error *error)
{
	error_set(error, STATUS_FAILED, "%s", "");
	error->number = number;
	return -1;
}

int transmission_lost(struct error *error)
{
	return error_set(error, STATUS_FAILED,
	                 "can't be accessed any more: it has shrunk, or there is no memory for it");
}

int transmission_missing(const struct transmission *transmission, uint64_t messages,
                         struct error *error)
{
	return error_set(error, STATUS_FAILED,
	                 "only %" PRIu64 " of %" PRIu64 " message%s arrived before the end",
	                 messages, transmission->count, plural_s(transmission->count));
}

int transmission_write(const struct transmission *transmission, const void *bytes, size_t size,
                       size_t *done, struct error *error)
{
	switch (transfer_write(transmission->fd, bytes, size, done)) {
	case TRANSFER_DONE:
		return 0;
	case TRANSFER_INTERRUPTED:
		/* All is written, so it counts; the signal ends the next step. */
		return *done == size ? 0 : transmission_stop(EINTR, error);
	case TRANSFER_READ_FAILED:
	case TRANSFER_WRITE_FAILED:
		break;
	}
	/* The bytes are in the object. */
	if (errno == EFAULT)
		return error_set(error, STATUS_FAILED,
		                 "can't be read: it has shrunk, or there is no memory for it");
	/* The reader of a pipe is gone: that needs no words. */
	if (errno == EPIPE)
		return transmission_stop(EPIPE, error);
	return error_set_errno(error, errno, "the output can't be written");
}
