#include "channel/semaphore_protocol.h"

#include "channel/text.h"

#include <errno.h>
#include <time.h>

static enum text_end failed(struct text_session *session)
{
	if (errno == EIDRM || errno == EINVAL)
		return TEXT_LEFT;
	error_set_errno(session->error, errno, "its semaphore can't be used");
	return TEXT_FAILED;
}

/* The time of CLOCK_REALTIME after a number of milliseconds. */
static struct timespec time_after(unsigned int milliseconds)
{
	struct timespec time;

	clock_gettime(CLOCK_REALTIME, &time);
	time.tv_sec += milliseconds / 1000;
	time.tv_nsec += (long)(milliseconds % 1000) * 1000000;
	if (time.tv_nsec >= 1000000000) {
		time.tv_sec++;
		time.tv_nsec -= 1000000000;
	}
	return time;
}

static enum text_end take(struct text_session *session, struct semaphore *semaphore)
{
	const bool may_wait = session->transmission->wait || session->messages > 0;
	struct text_wait wait = text_wait_begin(session);

	for (;;) {
		const struct timespec deadline = time_after(text_wait_step(&wait));
		enum text_end end;

		if (semaphore_add(semaphore, -1, may_wait, &deadline) == 0)
			return TEXT_TURN;
		if (errno != ETIMEDOUT && errno != EAGAIN)
			return failed(session);
		end = text_wait_check(&wait);
		if (end == TEXT_LEFT && semaphore_add(semaphore, -1, false, NULL) == 0)
			return TEXT_TURN;
		if (end != TEXT_TURN)
			return end;
		/* With --no-wait, a few looks end the wait. */
		if (!may_wait)
			text_wait_sleep(&wait);
	}
}

/* Wait until the receiver has taken its semaphore. */
static enum text_end await_zero(struct text_session *session)
{
	struct text_wait wait = text_wait_begin(session);

	for (;;) {
		const int value = semaphore_value(session->transmission->receiver_turn);
		enum text_end end;

		if (value < 0)
			return failed(session);
		if (value == 0)
			return TEXT_TURN;
		end = text_wait_check(&wait);
		if (end != TEXT_TURN)
			return end;
		text_wait_sleep(&wait);
	}
}

static enum text_end await_semaphore(struct text_session *session)
{
	const struct transmission *transmission = session->transmission;

	if (!session->is_sender)
		return take(session, transmission->receiver_turn);
	return transmission->sender_turn != NULL ? take(session, transmission->sender_turn)
	                                         : await_zero(session);
}

static enum text_end post(struct text_session *session, struct semaphore *semaphore)
{
	return semaphore_add(semaphore, 1, false, NULL) == 0 ? TEXT_TURN : failed(session);
}

static enum text_end confirm(struct text_session *session)
{
	enum text_end end = await_semaphore(session);

	if (end == TEXT_TURN && session->transmission->sender_turn != NULL)
		end = post(session, session->transmission->sender_turn);
	return end;
}

static enum text_end pass_semaphore(struct text_session *session)
{
	const struct transmission *transmission = session->transmission;

	if (session->is_sender)
		return post(session, transmission->receiver_turn);
	return transmission->sender_turn != NULL ? post(session, transmission->sender_turn)
	                                         : TEXT_TURN;
}

static bool is_taken(const struct text_session *session)
{
	const struct transmission *transmission = session->transmission;

	return transmission->sender_turn != NULL
	           ? semaphore_value(transmission->sender_turn) > 0
	           : semaphore_value(transmission->receiver_turn) == 0;
}

static void give_back(struct text_session *session)
{
	(void)semaphore_add(session->transmission->receiver_turn, 1, false, NULL);
}

static const struct text_turns turns = {
	.await = await_semaphore,
	.confirm = confirm,
	.pass = pass_semaphore,
	.is_taken = is_taken,
	.give_back = give_back,
};

static int semaphore_send(struct transmission *transmission, struct error *error)
{
	return text_send(&turns, transmission, error);
}

static int semaphore_receive(struct transmission *transmission, struct error *error)
{
	return text_receive(&turns, transmission, error);
}

const struct protocol semaphore_protocol = {
	.word = "semaphore",
	.send = semaphore_send,
	.receive = semaphore_receive,
};
