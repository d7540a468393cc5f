#include "channel/messages.h"
#include "channel/ring_protocol.h"
#include "channel/session.h"
#include "channel/transmission.h"
#include "channel/word.h"
#include "stream/interrupt.h"

#include <errno.h>
#include <inttypes.h>

/* Bytes written by one call: few enough that the sender soon has room. */
enum { CHUNK = 1 << 18 };

static int deliver_bytes(struct session *session, uint32_t size)
{
	const struct ring_part part = ring_part(&session->ring, 0, size < CHUNK ? size : CHUNK);
	size_t done = 0;
	const int result =
	    transmission_write(session->transmission, part.bytes, part.size, &done, session->error);

	/* Bytes that were written count, also before a signal. */
	if (done > 0)
		ring_move(&session->ring, (uint32_t)done, 0);
	session->moved += done;
	return result;
}

static bool has_enough(const struct session *session)
{
	return session->transmission->count > 0 &&
	       session->messages >= session->transmission->count;
}

/* The mode of this sender: it is loaded once. */
static int look_at_mode(struct session *session, bool *messages)
{
	const uint32_t mode = word_load(&session->ring.other->mode);

	session->other_failed = true;
	*messages = mode == CHANNEL_MESSAGES;
	if (mode >= CHANNEL_MODES)
		return session_damaged(session, "unknown mode %" PRIu32, mode);
	if (!*messages && session->transmission->messages)
		return error_set(session->error, STATUS_FAILED,
		                 "the sender sends bytes, not messages (send --messages)");
	session->other_failed = false;
	return 0;
}

static int left_early(struct session *session)
{
	session->other_failed = true;
	return error_set(session->error, STATUS_FAILED,
	                 "the sender has left before the end of its input, after %" PRIu64
	                 " byte%s",
	                 session->moved, plural_s(session->moved));
}

/* Receive from one sender: 0 at the end of its input, or with enough messages. */
static int receive_one(struct session *session)
{
	bool messages;

	session->earlier += session->moved;
	session->moved = 0;
	if (session_pair(session, false) < 0 || look_at_mode(session, &messages) < 0)
		return -1;
	while (!has_enough(session)) {
		uint32_t size;
		int result = 0;

		switch (session_wait(session, 1, &size)) {
		case SESSION_READY:
			result = messages ? messages_deliver(session, size)
			                  : deliver_bytes(session, size);
			break;
		case SESSION_ENDED:
			session->paired = false;
			return 0;
		case SESSION_LEFT:
			session->paired = false;
			return left_early(session);
		case SESSION_FAILED:
			return -1;
		}
		if (result < 0)
			return -1;
		if (interrupt_pending())
			return transmission_stop(EINTR, session->error);
	}
	ring_move(&session->ring, 0, CHANNEL_LEFT);
	session->paired = false;
	return 0;
}

static void run(void *closure)
{
	struct session *session = closure;
	const struct transmission *transmission = session->transmission;

	session->result = receive_one(session);
	while (transmission->follow && !has_enough(session)) {
		/* The next sender may do better. */
		if (session->result < 0 && !session->other_failed)
			return;
		if (session->result < 0) {
			transmission->report(transmission->closure, session->error);
			session->failed = true;
		}
		session_renew(session);
		session->result = receive_one(session);
	}
	if (session->result == 0 && transmission->count > 0 && !has_enough(session))
		session->result =
		    transmission_missing(transmission, session->messages, session->error);
	if (session->result == 0 && session->failed)
		session->result = transmission_stop(0, session->error);
}

int ring_receive(struct transmission *transmission, struct error *error)
{
	return session_run(transmission, false, run, error);
}
