#include "channel/session.h"

#include "channel/transmission.h"
#include "channel/word.h"
#include "memory/fault.h"
#include "stream/interrupt.h"
#include "system/futex.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* How often a side that waits looks whether the other one lives, in milliseconds. */
enum { LOOK_INTERVAL = 80 };

/* The most of a ring that is populated at once; more is not worth the time. */
enum { POPULATE_MOST = 1 << 24 };

static const char *other_word(const struct session *session)
{
	return session->ring.is_sender ? "receiver" : "sender";
}

int session_damaged(struct session *session, const char *format, ...)
{
	char what[128];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(what, sizeof(what), format, arguments);
	va_end(arguments);
	session->damaged = true;
	return error_set(session->error, STATUS_FAILED, "its channel is damaged: %s", what);
}

static int position_is_damaged(struct session *session, const char *whose)
{
	return session_damaged(session, "the %s's position is not possible", whose);
}

/*
 * The sender has a pair if there is a live receiver with a session that was not served yet; the
 * receiver, if its session is served.
 */
static bool may_pair(const struct session *session)
{
	const struct channel_header *header = session->channel.header;
	const bool unserved =
	    word_load(&header->receiver.session) != word_load(&header->sender.serves);

	return session->ring.is_sender ? unserved && session->other.state == OWNER_LIVES
	                               : !unserved;
}

static struct side_owner look_at_other(const struct session *session)
{
	return owner_look(session->ring.other, session->channel.inode);
}

/* Whether the reader of the receiver's output, a pipe, is gone, so that all output would be lost. */
static bool output_is_gone(const struct session *session)
{
	struct pollfd output = { .fd = session->transmission->fd };

	return !session->ring.is_sender && poll(&output, 1, 0) > 0 && (output.revents & POLLERR);
}

static int wait_for_pair(struct session *session)
{
	const struct channel_header *header = session->channel.header;
	const uint32_t *word =
	    session->ring.is_sender ? &header->receiver.session : &header->sender.serves;
	const uint64_t deadline = transmission_deadline(session->transmission);
	const char *nothing =
	    session->ring.is_sender ? "no receiver has appeared" : "no sender has appeared";

	for (unsigned int looks = 0;; looks++) {
		const uint32_t seen = word_load(word);

		session->other = look_at_other(session);
		if (may_pair(session))
			return 0;
		/* An owner soon leaves its identity. */
		if (!session->transmission->wait &&
		    (session->other.state == OWNER_NONE ||
		     (session->other.state == OWNER_UNSURE && looks > 1)))
			return error_set(session->error, STATUS_FAILED, "there is no %s",
			                 other_word(session));
		if (interrupt_pending())
			return transmission_stop(EINTR, session->error);
		if (output_is_gone(session))
			return transmission_stop(EPIPE, session->error);
		if (memory_is_removed(session->transmission->memory))
			return error_set(session->error, STATUS_FAILED,
			                 "was removed, so no %s can find it", other_word(session));
		if (transmission_is_over(deadline))
			return transmission_timed_out(session->transmission, nothing,
			                              session->error);
		(void)futex_wait(word, seen, 0);
	}
}

/* The receiver uses nothing of the ring until its session is served. */
static int pair_sender(struct session *session, bool resume)
{
	struct channel_side *own = session->ring.own;
	struct channel_side *other = session->ring.other;

	session->other_session = word_load(&other->session);
	if (resume) {
		word_store(&other->position, session->ring.seen & CHANNEL_POSITION);
	} else {
		session->ring.position = 0;
		word_store(&own->position, 0);
		word_store(&other->position, 0);
	}
	own->mode = session->transmission->messages ? CHANNEL_MESSAGES : CHANNEL_BYTES;
	own->serving = word_load(&own->session);
	word_store(&own->serves, session->other_session);
	futex_wake(&own->serves);
	return 0;
}

static int pair_receiver(struct session *session)
{
	session->other_session = word_load(&session->ring.other->serving);
	session->ring.position = word_load(&session->ring.own->position);
	session->other = look_at_other(session);
	if (session->ring.position < 2 * session->channel.capacity)
		return 0;
	return position_is_damaged(session, "receiver");
}

int session_pair(struct session *session, bool resume)
{
	int result;

	session->paired = false;
	if (wait_for_pair(session) < 0)
		return -1;
	result = session->ring.is_sender ? pair_sender(session, resume) : pair_receiver(session);
	session->paired = result == 0;
	return result;
}

/* Whether the other side of this pair has ended, by whatever means. */
static bool other_is_gone(const struct session *session)
{
	const struct side_owner other = look_at_other(session);

	return other.state == OWNER_NONE || other.pid != session->other.pid ||
	       (other.state == OWNER_UNSURE && session->other.state == OWNER_LIVES) ||
	       word_load(&session->ring.other->session) != session->other_session;
}

/* Whether another process has changed what only this side writes: the other side cannot go on. */
static bool own_is_damaged(const struct session *session)
{
	const struct channel_side *own = session->ring.own;

	return !owner_is_own(own) ||
	       (word_load(&own->position) & CHANNEL_POSITION) != session->ring.position ||
	       word_load(&own->session) != session->own_session ||
	       (session->ring.is_sender && word_load(&own->serves) != session->other_session);
}

static int other_died(struct session *session)
{
	char words[OWNER_WORDS_SIZE];

	session->other_failed = true;
	owner_words(words, &session->other);
	if (session->ring.is_sender)
		return error_set(session->error, STATUS_FAILED,
		                 "the receiver (%s) has died before it had taken everything",
		                 words);
	return error_set(session->error, STATUS_FAILED,
	                 "the sender (%s) has died before the end of its input, after %" PRIu64
	                 " byte%s",
	                 words, session->moved, plural_s(session->moved));
}

/*
 * Look around while waiting.
 *
 * Returns 0 if the pair goes on, or -1 with error set.
 */
static int check_pair(struct session *session)
{
	if (output_is_gone(session))
		return transmission_stop(EPIPE, session->error);
	if (own_is_damaged(session))
		return session_damaged(session, "another process has changed its header");
	return other_is_gone(session) ? other_died(session) : 0;
}

/* Look at the ring. SESSION_READY with less than needed: nothing has ended. */
static enum session_end look(struct session *session, uint32_t needed, uint32_t *size)
{
	struct ring *ring = &session->ring;

	if (ring_look(ring, size) < 0) {
		position_is_damaged(session, other_word(session));
		return SESSION_FAILED;
	}
	if (*size >= needed)
		return SESSION_READY;
	if ((ring->seen & CHANNEL_LEFT) != 0)
		return SESSION_LEFT;
	if (!ring->is_sender && (ring->seen & CHANNEL_ENDED) != 0)
		return SESSION_ENDED;
	return SESSION_READY;
}

enum session_end session_wait(struct session *session, uint32_t needed, uint32_t *size)
{
	const uint64_t deadline = transmission_deadline(session->transmission);
	const char *nothing = session->ring.is_sender ? "the receiver has not taken anything"
	                                              : "the sender has not sent anything";
	enum session_end end = look(session, needed, size);

	while (end == SESSION_READY && *size < needed) {
		int result;

		if (interrupt_pending()) {
			transmission_stop(EINTR, session->error);
			return SESSION_FAILED;
		}
		if (transmission_is_over(deadline)) {
			transmission_timed_out(session->transmission, nothing, session->error);
			return SESSION_FAILED;
		}
		/* Its last stores before it died count. */
		result = ring_sleep(&session->ring) < 0 ? check_pair(session) : 0;
		end = look(session, needed, size);
		if (result < 0 && end == SESSION_READY && *size < needed)
			return SESSION_FAILED;
	}
	return end;
}

enum session_end session_look(struct session *session)
{
	uint32_t room;
	enum session_end end;

	if (interrupt_pending()) {
		transmission_stop(EINTR, session->error);
		return SESSION_FAILED;
	}
	end = look(session, session->channel.capacity + 1, &room);
	if (end != SESSION_READY)
		return end;
	return check_pair(session) < 0 ? SESSION_FAILED : SESSION_READY;
}

void session_renew(struct session *session)
{
	session->own_session = owner_raise_session(
	    session->ring.own, word_load(&session->channel.header->sender.serves));
	session->other_failed = false;
}

static int claim(struct session *session)
{
	struct channel_side *own = session->ring.own;
	struct side_owner owner;

	if (!owner_claim(own, session->channel.inode, &owner)) {
		char words[OWNER_WORDS_SIZE];

		owner_words(words, &owner);
		return error_set(session->error, STATUS_FAILED, "has a %s already: %s",
		                 session->ring.is_sender ? "sender" : "receiver", words);
	}
	session->claimed = true;
	session_renew(session);
	return 0;
}

struct run {
	struct session *session;
	void (*run)(void *session);
};

static void run_claimed(void *closure)
{
	const struct run *run = closure;
	struct session *session = run->session;

	session->result = claim(session);
	if (session->result == 0)
		run->run(session);
}

/*
 * If the pair still exists, the other side learns that this one leaves early. After damage no other
 * receiver can go on: to the sender, that is as a death.
 */
static void leave(void *closure)
{
	struct session *session = closure;

	if (session->paired && !session->ended && !session->damaged && session->result < 0)
		ring_move(&session->ring, 0, CHANNEL_LEFT);
	if (session->claimed)
		owner_release(session->ring.own);
	session->claimed = false;
}

int session_run(struct transmission *transmission, bool is_sender, void (*run)(void *session),
                struct error *error)
{
	struct session session = { .transmission = transmission, .error = error };
	struct run closure = { .session = &session, .run = run };
	struct channel *channel = &session.channel;
	int signal;

	if (channel_open(transmission, channel, error) < 0)
		return -1;
	session.ring = (struct ring){
		.own = is_sender ? &channel->header->sender : &channel->header->receiver,
		.other = is_sender ? &channel->header->receiver : &channel->header->sender,
		.data = channel->data,
		.capacity = channel->capacity,
		.is_sender = is_sender,
	};
	if (channel->capacity <= POPULATE_MOST)
		mapping_expect((char *)channel->data, channel->capacity, true);
	interrupt_regularly(LOOK_INTERVAL);
	signal = fault_run(channel->address, channel->length, run_claimed, &closure);
	if (signal != 0)
		session.result = transmission_lost(error);
	(void)fault_run(channel->address, channel->length, leave, &session);
	transmission->moved = session.earlier + session.moved;
	channel_close(channel);
	free(session.buffer);
	return session.result;
}
