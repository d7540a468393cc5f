#include "channel/messages.h"
#include "channel/ring_protocol.h"
#include "channel/session.h"
#include "channel/transmission.h"
#include "stream/interrupt.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <unistd.h>

/* Bytes read by one call: few enough that the receiver works at the same time. */
enum { CHUNK = 1 << 18 };

int sender_wait_room(struct session *session, uint32_t needed, uint32_t *room)
{
	for (;;) {
		switch (session_wait(session, needed, room)) {
		case SESSION_READY:
			return 0;
		case SESSION_LEFT:
			if (sender_pair_again(session) < 0)
				return -1;
			break;
		case SESSION_ENDED:
		case SESSION_FAILED:
			return -1;
		}
	}
}

int sender_pair_again(struct session *session)
{
	if (session->transmission->messages)
		return session_pair(session, true);
	return error_set(session->error, STATUS_FAILED,
	                 "the receiver has left before the end of the input");
}

/* A read has failed. Returns 0 to try again. */
static int wait_for_source(struct session *session)
{
	struct pollfd source = { .fd = session->transmission->fd, .events = POLLIN };

	switch (errno) {
	case EINTR:
		break;
	case EAGAIN:
		(void)poll(&source, 1, -1);
		break;
	case EFAULT:
		return error_set(session->error, STATUS_FAILED,
		                 "can't be written: it has shrunk, or there is no memory for it");
	default:
		return error_set_errno(session->error, errno, "the input can't be read");
	}
	switch (session_look(session)) {
	case SESSION_LEFT:
		return sender_pair_again(session);
	case SESSION_FAILED:
		return -1;
	case SESSION_READY:
	case SESSION_ENDED:
		break;
	}
	return 0;
}

int sender_read(struct session *session, void *bytes, size_t size, size_t *done)
{
	for (;;) {
		/* Interrupted at intervals: see interrupt_regularly(). */
		const ssize_t length = read(session->transmission->fd, bytes, size);

		if (interrupt_pending())
			return transmission_stop(EINTR, session->error);
		if (length >= 0) {
			*done = (size_t)length;
			return 0;
		}
		if (wait_for_source(session) < 0)
			return -1;
	}
}

static int send_bytes(struct session *session)
{
	for (;;) {
		struct ring_part part;
		uint32_t room;
		size_t done = 0;

		if (sender_wait_room(session, 1, &room) < 0)
			return -1;
		part = ring_part(&session->ring, 0, room < CHUNK ? room : CHUNK);
		if (sender_read(session, part.bytes, part.size, &done) < 0)
			return -1;
		if (done == 0)
			return 0;
		ring_move(&session->ring, (uint32_t)done, 0);
		session->moved += done;
	}
}

/* Store the end, and wait until the receiver has taken everything. */
static int finish(struct session *session)
{
	uint32_t room;

	ring_move(&session->ring, 0, CHANNEL_ENDED);
	session->ended = true;
	return sender_wait_room(session, session->channel.capacity, &room);
}

static void run(void *closure)
{
	struct session *session = closure;

	session->result = session_pair(session, false);
	if (session->result == 0)
		session->result =
		    session->transmission->messages ? messages_send(session) : send_bytes(session);
	if (session->result == 0)
		session->result = finish(session);
	if (session->result == 0 && session->failed)
		session->result = transmission_stop(0, session->error);
}

int ring_send(struct transmission *transmission, struct error *error)
{
	return session_run(transmission, true, run, error);
}

const struct protocol ring_protocol = {
	.word = "ring",
	.send = ring_send,
	.receive = ring_receive,
};
