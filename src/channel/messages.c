#include "channel/messages.h"

#include "channel/transmission.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Bytes of input or output that are collected. */
enum { CHUNK = 1 << 17 };

/* The size of a frame in the ring. */
static uint32_t frame_size(uint32_t length)
{
	const uint32_t size = CHANNEL_FRAME + length;

	return size + (CHANNEL_FRAME - size % CHANNEL_FRAME) % CHANNEL_FRAME;
}

/*
 * Sending
 */

struct outgoing {
	struct session *session;
	char *buffer;
	size_t size;      /* of the buffer */
	size_t used;      /* bytes of input in it */
	uint32_t pending; /* bytes of frames in the ring that are not yet visible */
	uint32_t room;    /* in the ring, as last seen, for more of them */
	bool skipping;    /* the rest of a message that is too long */
};

static uint32_t longest(const struct session *session)
{
	return session->channel.capacity - CHANNEL_FRAME;
}

static void show(struct outgoing *out)
{
	if (out->pending > 0)
		ring_move(&out->session->ring, out->pending, 0);
	out->pending = 0;
}

static int put(struct outgoing *out, const char *bytes, uint32_t length)
{
	struct ring *ring = &out->session->ring;
	const uint32_t size = frame_size(length);

	if (size > out->room) {
		show(out);
		if (sender_wait_room(out->session, size, &out->room) < 0)
			return -1;
	}
	ring_copy_in(ring, out->pending, &length, CHANNEL_FRAME);
	ring_copy_in(ring, out->pending + CHANNEL_FRAME, bytes, length);
	out->pending += size;
	out->room -= size;
	out->session->moved += length;
	return 0;
}

static void too_long(struct outgoing *out)
{
	struct error error;

	if (!out->skipping) {
		error_set(&error, STATUS_FAILED,
		          "a message is too long, so it was not sent: at most %" PRIu32
		          " bytes fit into the channel",
		          longest(out->session));
		out->session->transmission->report(out->session->transmission->closure, &error);
	}
	out->session->failed = true;
	out->skipping = true;
}

/* Put all messages of the buffer that are complete, and keep the rest. */
static int put_all(struct outgoing *out)
{
	const char delimiter = out->session->transmission->delimiter;
	char *at = out->buffer;
	char *const end = out->buffer + out->used;
	char *stop;

	while ((stop = memchr(at, delimiter, (size_t)(end - at))) != NULL) {
		const size_t length = (size_t)(stop - at);

		if (!out->skipping && length > longest(out->session))
			too_long(out);
		else if (!out->skipping && put(out, at, (uint32_t)length) < 0)
			return -1;
		out->skipping = false;
		at = stop + 1;
	}
	out->used = (size_t)(end - at);
	memmove(out->buffer, at, out->used);
	show(out);
	return 0;
}

/* The buffer is full with the beginning of a message. */
static int make_space(struct outgoing *out)
{
	char *larger;

	if (out->skipping || out->used > longest(out->session)) {
		too_long(out);
		out->used = 0;
		return 0;
	}
	larger = realloc(out->buffer, out->size * 2);
	if (larger == NULL)
		return error_set(out->session->error, STATUS_FAILED,
		                 "not enough memory for a message");
	out->buffer = larger;
	out->size *= 2;
	out->session->buffer = larger;
	return 0;
}

/* The input has ended: what follows the last delimiter is a message too. */
static int put_last(struct outgoing *out)
{
	if (out->used == 0 || out->skipping)
		return 0;
	if (out->used > longest(out->session)) {
		too_long(out);
		return 0;
	}
	if (put(out, out->buffer, (uint32_t)out->used) < 0)
		return -1;
	show(out);
	return 0;
}

static int get_buffer(struct session *session)
{
	session->buffer = malloc(CHUNK);
	if (session->buffer != NULL)
		return 0;
	return error_set(session->error, STATUS_FAILED, "not enough memory for messages");
}

int messages_send(struct session *session)
{
	struct outgoing out = { .session = session, .size = CHUNK };

	if (get_buffer(session) < 0)
		return -1;
	out.buffer = session->buffer;
	for (;;) {
		size_t done = 0;

		if (out.used == out.size && make_space(&out) < 0)
			return -1;
		if (sender_read(session, out.buffer + out.used, out.size - out.used, &done) < 0)
			return -1;
		if (done == 0)
			return put_last(&out);
		out.used += done;
		/* The receiver may have taken messages, or be another one. */
		out.room = 0;
		if (put_all(&out) < 0)
			return -1;
	}
}

/*
 * Receiving
 */

struct incoming {
	struct session *session;
	size_t used;      /* bytes in session->buffer */
	uint32_t pending; /* bytes of frames whose messages are in the buffer */
	bool is_long;     /* of the first of them, only the delimiter is in the buffer */
};

/*
 * The bytes of frames whose messages were written completely.
 *
 * DONE: bytes of the buffer that were written.
 */
static uint32_t frames_done(const struct incoming *in, size_t done)
{
	uint32_t frames = 0;
	size_t bytes = 0;

	while (frames < in->pending) {
		uint32_t length;

		ring_copy_out(&in->session->ring, frames, &length, CHANNEL_FRAME);
		if (length > in->pending - frames || frame_size(length) > in->pending - frames)
			break;
		bytes += (in->is_long && frames == 0 ? 0 : (size_t)length) + 1;
		if (bytes > done)
			break;
		frames += frame_size(length);
	}
	return frames;
}

static int flush(struct incoming *in)
{
	size_t done = 0;

	if (in->used > 0 && transmission_write(in->session->transmission, in->session->buffer,
	                                       in->used, &done, in->session->error) < 0) {
		/* The next receiver continues with the first message that is not complete. */
		ring_move(&in->session->ring, frames_done(in, done), 0);
		return -1;
	}
	if (in->pending > 0)
		ring_move(&in->session->ring, in->pending, 0);
	in->used = 0;
	in->pending = 0;
	in->is_long = false;
	return 0;
}

/* Write a message that is longer than the buffer directly from the ring. */
static int write_long(struct incoming *in, uint32_t length)
{
	const struct session *session = in->session;
	uint32_t written = 0;
	size_t done;

	if (flush(in) < 0)
		return -1;
	while (written < length) {
		const struct ring_part part =
		    ring_part(&session->ring, CHANNEL_FRAME + written, length - written);

		if (transmission_write(session->transmission, part.bytes, part.size, &done,
		                       session->error) < 0)
			return -1;
		written += part.size;
	}
	session->buffer[0] = session->transmission->delimiter;
	in->used = 1;
	in->is_long = true;
	return 0;
}

static int take(struct incoming *in, uint32_t length)
{
	struct session *session = in->session;

	if (length >= CHUNK) {
		if (write_long(in, length) < 0)
			return -1;
	} else {
		if (length + 1 > CHUNK - in->used && flush(in) < 0)
			return -1;
		ring_copy_out(&session->ring, in->pending + CHANNEL_FRAME,
		              session->buffer + in->used, length);
		in->used += length;
		session->buffer[in->used++] = session->transmission->delimiter;
	}
	in->pending += frame_size(length);
	session->messages++;
	session->moved += length;
	return 0;
}

static int damaged(struct session *session)
{
	return session_damaged(session, "the length of message %" PRIu64 " is not possible",
	                       session->messages + 1);
}

int messages_deliver(struct session *session, uint32_t size)
{
	const uint64_t wanted = session->transmission->count;
	struct incoming in = { .session = session };

	if (session->buffer == NULL && get_buffer(session) < 0)
		return -1;
	while (size > 0 && (wanted == 0 || session->messages < wanted)) {
		uint32_t length;
		uint32_t frame;

		/* Frames are aligned, and so is a length. */
		if (size < CHANNEL_FRAME)
			return damaged(session);
		ring_copy_out(&session->ring, in.pending, &length, CHANNEL_FRAME);
		if (length > size - CHANNEL_FRAME || frame_size(length) > size)
			return damaged(session);
		frame = frame_size(length);
		if (take(&in, length) < 0)
			return -1;
		size -= frame;
	}
	return flush(&in);
}
