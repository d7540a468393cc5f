#include "channel/text.h"

#include "channel/transmission.h"
#include "memory/fault.h"
#include "stream/interrupt.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

/*
 * The first looks follow each other at once, since the other side often answers at once; then the
 * pauses double, from 20 microseconds to 4 milliseconds.
 */
enum { LOOKS_AT_ONCE = 50, PAUSE_FIRST = 20000, PAUSE_LAST = 4000000 };

/*
 * How long the other side must have been away to count as gone, in milliseconds: some programs
 * attach a segment anew for each message.
 */
enum { ALONE_TIME = 300 };

/* How long a wait that is woken by the other side sleeps at most, in milliseconds. */
enum { LOOK_INTERVAL = 100 };

struct text_wait text_wait_begin(struct text_session *session)
{
	return (struct text_wait){
		.session = session,
		.until = transmission_deadline(session->transmission),
	};
}

/*
 * The others leave a segment by detaching it; nothing shows who maps a file. Who sends has been
 * there, however short.
 */
static bool others_have_left(struct text_session *session)
{
	const struct memory *memory = session->transmission->memory;
	uint64_t attaches;

	if (memory_is_removed(memory))
		return true;
	if (memory_attaches(memory, &attaches) < 0)
		return false;
	if (attaches > 1)
		session->has_company = true;
	if (attaches > 1 || session->alone_since == 0)
		session->alone_since = attaches > 1 ? 0 : transmission_now();
	return (session->has_company || (!session->is_sender && session->messages > 0)) &&
	       attaches <= 1 && transmission_now() - session->alone_since >= ALONE_TIME;
}

enum text_end text_wait_check(const struct text_wait *wait)
{
	struct text_session *session = wait->session;

	if (interrupt_pending()) {
		transmission_stop(EINTR, session->error);
		return TEXT_FAILED;
	}
	if (others_have_left(session) && !session->transmission->follow)
		return TEXT_LEFT;
	if (!session->transmission->wait && session->messages == 0 && wait->looks > LOOKS_AT_ONCE) {
		error_set(session->error, STATUS_FAILED,
		          session->is_sender ? "it is not the sender's turn"
		                             : "there is no message");
		return TEXT_FAILED;
	}
	if (transmission_is_over(wait->until)) {
		transmission_timed_out(session->transmission,
		                       session->is_sender ? "the receiver has not taken anything"
		                                          : "no message has arrived",
		                       session->error);
		return TEXT_FAILED;
	}
	return TEXT_TURN;
}

unsigned int text_wait_step(const struct text_wait *wait)
{
	const uint64_t time = wait->until == UINT64_MAX ? 0 : transmission_now();

	if (wait->until == UINT64_MAX || wait->until > time + LOOK_INTERVAL)
		return LOOK_INTERVAL;
	return wait->until > time ? (unsigned int)(wait->until - time) : 0;
}

void text_wait_sleep(struct text_wait *wait)
{
	struct timespec pause = { .tv_nsec = PAUSE_LAST };
	uint64_t doublings = wait->looks - LOOKS_AT_ONCE;

	if (wait->looks++ < LOOKS_AT_ONCE)
		return;
	if (doublings < 8 && (long)PAUSE_FIRST << doublings < PAUSE_LAST)
		pause.tv_nsec = (long)PAUSE_FIRST << doublings;
	nanosleep(&pause, NULL);
}

/*
 * Sending
 */

static int receiver_left(struct text_session *session)
{
	const bool is_open = session->messages > 0 && !session->turns->is_taken(session);
	const uint64_t taken = session->messages - is_open;

	if (taken == 0)
		return error_set(session->error, STATUS_FAILED,
		                 "the receiver has left before it had taken anything");
	return error_set(session->error, STATUS_FAILED,
	                 "the receiver has left after %" PRIu64 " message%s", taken,
	                 plural_s(taken));
}

/* The input, in pieces that end with the delimiter. */
struct source {
	char *buffer;
	size_t size;  /* of the buffer: the longest text, and a byte more */
	size_t start; /* of what is not sent yet */
	size_t used;
	bool ended;
	bool skipping; /* the rest of a piece that is too long */
};

/* Wait for input; meanwhile a receiver that leaves is noticed. Returns 0, or -1 with error set. */
static int wait_for_input(struct text_session *session)
{
	struct pollfd input = { .fd = session->transmission->fd, .events = POLLIN };

	while (poll(&input, 1, LOOK_INTERVAL) <= 0) {
		if (interrupt_pending())
			return transmission_stop(EINTR, session->error);
		if (others_have_left(session))
			return receiver_left(session);
	}
	return 0;
}

/* Returns 0, or -1 with error set. */
static int source_read(struct text_session *session, struct source *source)
{
	ssize_t length;

	memmove(source->buffer, source->buffer + source->start, source->used - source->start);
	source->used -= source->start;
	source->start = 0;
	do {
		if (wait_for_input(session) < 0)
			return -1;
		length = read(session->transmission->fd, source->buffer + source->used,
		              source->size - source->used);
	} while (length < 0 && (errno == EINTR || errno == EAGAIN));
	if (length < 0)
		return error_set_errno(session->error, errno, "the input can't be read");
	source->used += (size_t)length;
	source->ended = length == 0;
	return 0;
}

static void report_unsendable(struct text_session *session, const char *why)
{
	const struct transmission *transmission = session->transmission;
	struct error error;

	error_set(&error, STATUS_FAILED, "a message %s, so it was not sent", why);
	transmission->report(transmission->closure, &error);
	session->failed = true;
}

static void report_too_long(struct text_session *session, struct source *source)
{
	char why[64];

	snprintf(why, sizeof(why), "is too long (at most %" PRIu64 " bytes)",
	         session->transmission->text.text_size - 1);
	if (!source->skipping)
		report_unsendable(session, why);
	source->skipping = true;
}

/*
 * The next text. A newline that ends it is part of it if there is room for it and a NUL, as with
 * fgets(3).
 *
 * Returns its length, or -1 if the buffer holds no complete piece.
 */
static ssize_t take_piece(struct text_session *session, struct source *source, const char **text)
{
	const struct transmission *transmission = session->transmission;
	const size_t longest = transmission->text.text_size - 1;

	while (source->start < source->used) {
		const char *begin = source->buffer + source->start;
		const size_t left = source->used - source->start;
		const char *end = memchr(begin, transmission->delimiter, left);
		size_t length = end != NULL ? (size_t)(end - begin) : left;
		bool skipped = source->skipping;

		if (end == NULL && !source->ended && left < source->size)
			return -1;
		if (length > longest) {
			report_too_long(session, source);
			skipped = true;
		}
		source->start += length + (end != NULL);
		if (end != NULL || source->ended)
			source->skipping = false;
		if (skipped)
			continue;
		if (memchr(begin, '\0', length) != NULL) {
			report_unsendable(session, "holds a NUL, where a text would end");
			continue;
		}
		*text = begin;
		return (ssize_t)(length +
		                 (end != NULL && transmission->keep_delimiter && length < longest));
	}
	return -1;
}

static int store_text(struct text_session *session, const char *text, size_t length)
{
	char *to = session->record + session->transmission->text.text_offset;
	int signal;

	if (fault_copy_to(to, text, length, &signal) < length ||
	    fault_copy_to(to + length, "", 1, &signal) < 1)
		return transmission_lost(session->error);
	return 0;
}

/* Returns 0, or -1 with error set. */
static int settle(struct text_session *session, enum text_end end)
{
	if (end == TEXT_LEFT)
		return receiver_left(session);
	return end == TEXT_TURN ? 0 : -1;
}

static bool is_last(const struct text_session *session, const char *text, size_t length)
{
	const char *until = session->transmission->until;

	return until != NULL && length >= strlen(until) && memcmp(text, until, strlen(until)) == 0;
}

/* Send all pieces: 0 at the end, or -1 with error set. LAST: whether --until ended it. */
static int send_pieces(struct text_session *session, struct source *source, bool *last)
{
	while (!*last) {
		const char *text;
		const ssize_t length = take_piece(session, source, &text);

		if (length < 0 && source->ended)
			return 0;
		if (length < 0) {
			if (source_read(session, source) < 0)
				return -1;
			continue;
		}
		if (interrupt_pending())
			return transmission_stop(EINTR, session->error);
		if (settle(session, session->turns->await(session)) < 0)
			return -1;
		if (store_text(session, text, (size_t)length) < 0 ||
		    settle(session, session->turns->pass(session)) < 0)
			return -1;
		session->messages++;
		/* Look who is there now: a receiver may leave before the next wait. */
		(void)others_have_left(session);
		*last = is_last(session, text, (size_t)length);
	}
	return 0;
}

static int send_all(struct text_session *session)
{
	struct source source = { .size = session->transmission->text.text_size + 1 };
	bool last = false;
	int result;

	source.buffer = malloc(source.size);
	if (source.buffer == NULL)
		return error_set_errno(session->error, errno, "no memory for a message");
	result = send_pieces(session, &source, &last);
	free(source.buffer);
	if (result < 0 || session->messages == 0)
		return result;
	/* A receiver may leave with the last message, without passing the turn. */
	switch (session->turns->confirm(session)) {
	case TEXT_TURN:
		return 0;
	case TEXT_LEFT:
		return last ? 0 : receiver_left(session);
	case TEXT_FAILED:
		break;
	}
	return -1;
}

/*
 * Receiving
 */

struct loading {
	const char *from;
	char *to;
	size_t size;
	size_t length; /* receives it */
};

static void load(void *closure)
{
	struct loading *loading = closure;
	const size_t length = strnlen(loading->from, loading->size);

	memcpy(loading->to, loading->from, length);
	/* The other side may have shortened it meanwhile. */
	loading->length = strnlen(loading->to, length);
}

/* Write the message with its delimiter, by one write(2) if the output takes it. */
static int deliver(struct text_session *session, char *buffer, bool *last)
{
	const struct transmission *transmission = session->transmission;
	struct loading loading = {
		.from = session->record + transmission->text.text_offset,
		.to = buffer,
		.size = transmission->text.text_size,
	};
	size_t length;
	size_t done;

	if (fault_run(loading.from, loading.size, load, &loading) != 0)
		return transmission_lost(session->error);
	length = loading.length;
	*last = is_last(session, buffer, length);
	if (!transmission->keep_delimiter || length == 0 ||
	    buffer[length - 1] != transmission->delimiter)
		buffer[length++] = transmission->delimiter;
	return transmission_write(transmission, buffer, length, &done, session->error);
}

/* A text that can't be delivered stays there for the next receiver. */
static int deliver_and_pass(struct text_session *session, char *buffer, bool *last)
{
	if (deliver(session, buffer, last) == 0)
		return session->turns->pass(session) == TEXT_FAILED ? -1 : 0;
	if (session->turns->give_back != NULL)
		session->turns->give_back(session);
	return -1;
}

static int sender_left(struct text_session *session)
{
	const struct transmission *transmission = session->transmission;

	if (transmission->until != NULL)
		return error_set(session->error, STATUS_FAILED,
		                 "the sender has left before a message that begins with '%s', "
		                 "after %" PRIu64 " message%s",
		                 transmission->until, session->messages,
		                 plural_s(session->messages));
	if (transmission->count > 0)
		return transmission_missing(transmission, session->messages, session->error);
	if (session->messages == 0)
		return error_set(session->error, STATUS_FAILED,
		                 "the sender has left before its first message");
	return 0;
}

static int receive_all(struct text_session *session)
{
	const struct transmission *transmission = session->transmission;
	char *buffer = malloc(transmission->text.text_size + 1);
	int result = 0;
	bool last = false;

	if (buffer == NULL)
		return error_set_errno(session->error, errno, "no memory for a message");
	while (result == 0 && !last &&
	       (transmission->count == 0 || session->messages < transmission->count)) {
		const enum text_end end = session->turns->await(session);

		if (end == TEXT_LEFT) {
			result = sender_left(session);
			break;
		}
		if (end == TEXT_FAILED)
			result = -1;
		else
			result = deliver_and_pass(session, buffer, &last);
		session->messages++;
		if (result == 0 && interrupt_pending())
			result = transmission_stop(EINTR, session->error);
	}
	free(buffer);
	return result;
}

/*
 * Both
 */

static int map(struct text_session *session)
{
	struct memory *memory = session->transmission->memory;
	const struct text_place *place = &session->transmission->text;
	const uint64_t offset = session->transmission->offset;
	struct mapping_request request = { .protection = PROT_READ | PROT_WRITE };
	char *part;

	if (offset > memory->bytes || memory->bytes - offset < place->bytes || place->text_size < 2)
		return error_set(session->error, STATUS_FAILED,
		                 "is too small: %" PRIu64
		                 " bytes are needed, and there are %" PRIu64,
		                 place->bytes > 2 ? place->bytes : 2,
		                 offset > memory->bytes ? 0 : memory->bytes - offset);
	if (memory->is_segment) {
		session->record = memory->mapping.address + offset;
		return 0;
	}
	request.length = offset + place->bytes;
	if (memory_map(memory, &request, &session->mapping, &part, session->error) < 0)
		return -1;
	session->record = part + offset;
	return 0;
}

static int run(const struct text_turns *turns, bool is_sender, struct transmission *transmission,
               struct error *error)
{
	struct text_session session = {
		.transmission = transmission,
		.turns = turns,
		.is_sender = is_sender,
		.fifo = -1,
		.error = error,
	};
	int result = map(&session);

	if (result == 0 && turns->begin != NULL)
		result = turns->begin(&session);
	if (result == 0)
		result = is_sender ? send_all(&session) : receive_all(&session);
	if (turns->end != NULL)
		turns->end(&session);
	if (session.mapping.address != NULL)
		mapping_end(&session.mapping);
	return result == 0 && session.failed ? transmission_stop(0, error) : result;
}

int text_send(const struct text_turns *turns, struct transmission *transmission,
              struct error *error)
{
	return run(turns, true, transmission, error);
}

int text_receive(const struct text_turns *turns, struct transmission *transmission,
                 struct error *error)
{
	return run(turns, false, transmission, error);
}
