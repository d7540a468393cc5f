#include "channel/fifo_protocol.h"

#include "base/descriptor.h"
#include "channel/text.h"
#include "system/beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/*
 * How long a side may have the FIFO closed before it counts as gone, in milliseconds: many programs
 * open it anew for each message.
 */
enum { REOPEN_TIME = 1000 };

/*
 * A receiver takes the byte first and then reads the text, and no answer says that it has done so.
 * The next text is stored this much later, in nanoseconds.
 */
enum { READ_TIME = 10000000 };

/* The size of one read. */
enum { BYTES_AT_ONCE = 4096 };

static int open_failed(struct text_session *session, int number)
{
	return error_set_errno(session->error, number, "%s can't be opened",
	                       session->transmission->fifo);
}

/*
 * Find the FIFO without opening it, so that no device and no other file is ever opened.
 *
 * Returns an O_PATH descriptor, or -1 with error set.
 */
static int find_fifo(struct text_session *session)
{
	const struct transmission *transmission = session->transmission;
	struct stat st;
	int found;

	if (transmission->create_fifo && mkfifo(transmission->fifo, 0600) < 0 && errno != EEXIST)
		return error_set_errno(session->error, errno, "%s can't be created",
		                       transmission->fifo);
	found = open(transmission->fifo, O_PATH | O_CLOEXEC);
	if (found < 0)
		return error_set_errno(session->error, errno, "%s can't be opened%s",
		                       transmission->fifo,
		                       errno == ENOENT ? " (--create creates it)" : "");
	if (fstat(found, &st) == 0 && S_ISFIFO(st.st_mode))
		return found;
	close(found);
	return error_set(session->error, STATUS_FAILED, "%s is not a FIFO", transmission->fifo);
}

/* Open for writing. Without a reader: TEXT_LEFT. */
static enum text_end open_writer(struct text_session *session)
{
	const int found = find_fifo(session);
	int number;

	if (found < 0)
		return TEXT_FAILED;
	session->fifo = beneath_reopen(found, session->transmission->fifo, O_WRONLY | O_NONBLOCK);
	number = errno;
	close(found);
	if (session->fifo >= 0)
		return TEXT_TURN;
	if (number == ENXIO)
		return TEXT_LEFT;
	open_failed(session, number);
	return TEXT_FAILED;
}

/* The new descriptor is opened before the old one is closed, so that the sender always has a reader. */
static int open_reader(struct text_session *session)
{
	const int found = find_fifo(session);
	int fd;

	if (found < 0)
		return -1;
	fd = beneath_reopen(found, session->transmission->fifo, O_RDONLY | O_NONBLOCK);
	if (fd < 0)
		open_failed(session, errno);
	descriptor_close(found);
	descriptor_close(session->fifo);
	session->fifo = fd;
	return fd < 0 ? -1 : 0;
}

static int begin(struct text_session *session)
{
	return session->is_sender ? 0 : open_reader(session);
}

static bool has_reader(const struct text_session *session)
{
	struct pollfd writer = { .fd = session->fifo };

	return poll(&writer, 1, 0) == 0 || (writer.revents & POLLERR) == 0;
}

static enum text_end fail_fifo(struct text_session *session, const char *what)
{
	error_set_errno(session->error, errno, "%s can't be %s", session->transmission->fifo, what);
	return TEXT_FAILED;
}

/* Bytes in the FIFO. Returns TEXT_TURN, or TEXT_FAILED with the error set. */
static enum text_end count_bytes(struct text_session *session, int *bytes)
{
	if (ioctl(session->fifo, FIONREAD, bytes) == 0)
		return TEXT_TURN;
	return fail_fifo(session, "inspected");
}

/*
 * Sender: wait until there is a reader, and the FIFO is empty.
 *
 * IS_DONE: an empty FIFO suffices.
 */
static enum text_end await_empty(struct text_session *session, bool is_done)
{
	struct text_wait wait = text_wait_begin(session);
	/* After a reader has left, another open of it is awaited for some time only. */
	const bool may_reopen = session->messages > 0;
	const uint64_t looks_most = REOPEN_TIME / 4;

	for (;;) {
		enum text_end end = TEXT_TURN;
		int bytes = 0;

		if (session->fifo < 0)
			end = open_writer(session);
		if (end == TEXT_TURN)
			end = count_bytes(session, &bytes);
		if (end == TEXT_FAILED)
			return end;
		if (end == TEXT_TURN && bytes == 0 && (is_done || has_reader(session)))
			return TEXT_TURN;
		if (end == TEXT_TURN && bytes == 0) {
			/* The reader has closed it. */
			descriptor_close(session->fifo);
			session->fifo = -1;
		}
		if (may_reopen && wait.looks > looks_most &&
		    (session->fifo < 0 || !has_reader(session)))
			return TEXT_LEFT;
		end = text_wait_check(&wait);
		if (end != TEXT_TURN)
			return end;
		text_wait_sleep(&wait);
	}
}

static void report_lost(struct text_session *session, uint64_t lost)
{
	const struct transmission *transmission = session->transmission;
	struct error error;

	error_set(&error, STATUS_FAILED,
	          "%" PRIu64 " message%s overwritten before %s could be read", lost,
	          lost == 1 ? " was" : "s were", lost == 1 ? "it" : "they");
	transmission->report(transmission->closure, &error);
	session->failed = true;
}

/* Receiver: wait for a byte. It stays in the FIFO, for the next receiver, until the text is written. */
static enum text_end await_byte(struct text_session *session)
{
	struct text_wait wait = text_wait_begin(session);

	for (;;) {
		struct pollfd reader = { .fd = session->fifo, .events = POLLIN };
		enum text_end end;
		bool is_closed;

		if (poll(&reader, 1, (int)text_wait_step(&wait)) < 0 && errno != EINTR)
			return fail_fifo(session, "waited for");
		session->announced = 0;
		if ((reader.revents & POLLIN) != 0 &&
		    count_bytes(session, &session->announced) == TEXT_FAILED)
			return TEXT_FAILED;
		if (session->announced > 0) {
			if (session->announced > 1)
				report_lost(session, (uint64_t)session->announced - 1);
			return TEXT_TURN;
		}
		is_closed = reader.revents == POLLHUP;
		if (is_closed && !session->transmission->follow)
			return TEXT_LEFT;
		if (is_closed && open_reader(session) < 0)
			return TEXT_FAILED;
		end = text_wait_check(&wait);
		if (end != TEXT_TURN)
			return end;
		wait.looks += UINT64_C(1) << 8;
	}
}

static enum text_end await_fifo(struct text_session *session)
{
	const struct timespec pause = { .tv_nsec = READ_TIME };

	if (!session->is_sender)
		return await_byte(session);
	if (session->messages > 0) {
		const enum text_end end = await_empty(session, true);

		if (end != TEXT_TURN)
			return end;
		nanosleep(&pause, NULL);
	}
	return await_empty(session, false);
}

static enum text_end confirm(struct text_session *session)
{
	return await_empty(session, true);
}

/* Receiver: a byte that stays would announce the same text again. */
static enum text_end take_bytes(struct text_session *session)
{
	char bytes[BYTES_AT_ONCE];

	while (session->announced > 0) {
		const size_t left = (size_t)session->announced;
		const ssize_t length =
		    read(session->fifo, bytes, left < sizeof(bytes) ? left : sizeof(bytes));

		if (length < 0 && errno == EINTR)
			continue;
		if (length < 0 && errno != EAGAIN)
			return fail_fifo(session, "read");
		/* Another receiver has taken them. */
		if (length <= 0)
			break;
		session->announced -= (int)length;
	}
	return TEXT_TURN;
}

static enum text_end pass_fifo(struct text_session *session)
{
	if (!session->is_sender)
		return take_bytes(session);
	for (;;) {
		enum text_end end;

		if (write(session->fifo, "1", 1) == 1)
			return TEXT_TURN;
		if (errno != EPIPE)
			break;
		/* The receiver has just closed it, perhaps to open it again. */
		end = await_empty(session, false);
		if (end != TEXT_TURN)
			return end;
	}
	return fail_fifo(session, "written");
}

static bool is_taken(const struct text_session *session)
{
	int bytes = 0;

	return session->fifo < 0 || ioctl(session->fifo, FIONREAD, &bytes) < 0 || bytes == 0;
}

static void end_fifo(struct text_session *session)
{
	descriptor_close(session->fifo);
}

static const struct text_turns turns = {
	.begin = begin,
	.await = await_fifo,
	.confirm = confirm,
	.pass = pass_fifo,
	.is_taken = is_taken,
	.end = end_fifo,
};

static int fifo_send(struct transmission *transmission, struct error *error)
{
	return text_send(&turns, transmission, error);
}

static int fifo_receive(struct transmission *transmission, struct error *error)
{
	return text_receive(&turns, transmission, error);
}

const struct protocol fifo_protocol = {
	.word = "fifo",
	.send = fifo_send,
	.receive = fifo_receive,
};
