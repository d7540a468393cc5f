#include "channel/turn_protocol.h"

#include "channel/text.h"
#include "channel/transmission.h"
#include "memory/fault.h"

/* The flag in memory. */
struct flag {
	const char *address;
	uint64_t size;
	bool is_set; /* receives it */
};

/* Acquire order: the text that was stored before the flag is read after it. */
static void load_flag(void *closure)
{
	struct flag *flag = closure;

	switch (flag->size) {
	case sizeof(uint64_t):
		flag->is_set = __atomic_load_n((const uint64_t *)(const void *)flag->address,
		                               __ATOMIC_ACQUIRE) != 0;
		break;
	case sizeof(uint32_t):
		flag->is_set = __atomic_load_n((const uint32_t *)(const void *)flag->address,
		                               __ATOMIC_ACQUIRE) != 0;
		break;
	case sizeof(uint16_t):
		flag->is_set = __atomic_load_n((const uint16_t *)(const void *)flag->address,
		                               __ATOMIC_ACQUIRE) != 0;
		break;
	default:
		flag->is_set = __atomic_load_n(flag->address, __ATOMIC_ACQUIRE) != 0;
		break;
	}
}

static enum text_end gone(struct text_session *session)
{
	transmission_lost(session->error);
	return TEXT_FAILED;
}

static enum text_end await_flag(struct text_session *session)
{
	const struct text_place *place = &session->transmission->text;
	struct flag flag = { .address = session->record + place->flag_offset,
		             .size = place->flag_size };
	struct text_wait wait = text_wait_begin(session);

	for (;;) {
		enum text_end end;

		if (fault_run(flag.address, flag.size, load_flag, &flag) != 0)
			return gone(session);
		if (flag.is_set != session->is_sender)
			return TEXT_TURN;
		end = text_wait_check(&wait);
		if (end != TEXT_TURN) {
			/* The last store of the other side counts. */
			if (end == TEXT_LEFT &&
			    fault_run(flag.address, flag.size, load_flag, &flag) == 0 &&
			    flag.is_set != session->is_sender)
				return TEXT_TURN;
			return end;
		}
		text_wait_sleep(&wait);
	}
}

/* Release order: what was stored before is visible to a process that sees the flag. */
static enum text_end pass_flag(struct text_session *session)
{
	/* A flag that is 1 begins at the byte in the middle, or ends there if it is big endian. */
	static const char one[2 * sizeof(uint64_t)] = { [sizeof(uint64_t)] = 1 };
	static const char zero[sizeof(uint64_t)] = { 0 };
	const struct text_place *place = &session->transmission->text;
	const bool is_little = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;
	const char *flag = is_little != place->flag_is_swapped
	                       ? one + sizeof(uint64_t)
	                       : one + sizeof(uint64_t) + 1 - place->flag_size;
	const struct fault_stores stores = {
		.to = session->record + place->flag_offset,
		.from = session->is_sender ? flag : zero,
		.size = place->flag_size,
		.stride = place->flag_size,
		.count = 1,
	};
	int signal;

	return fault_store_release(&stores, &signal) == 1 ? TEXT_TURN : gone(session);
}

static bool is_taken(const struct text_session *session)
{
	const struct text_place *place = &session->transmission->text;
	struct flag flag = { .address = session->record + place->flag_offset,
		             .size = place->flag_size };

	return fault_run(flag.address, flag.size, load_flag, &flag) == 0 && !flag.is_set;
}

static const struct text_turns turns = {
	.await = await_flag,
	.confirm = await_flag,
	.pass = pass_flag,
	.is_taken = is_taken,
};

static int turn_send(struct transmission *transmission, struct error *error)
{
	return text_send(&turns, transmission, error);
}

static int turn_receive(struct transmission *transmission, struct error *error)
{
	return text_receive(&turns, transmission, error);
}

const struct protocol turn_protocol = {
	.word = "turn",
	.send = turn_send,
	.receive = turn_receive,
};
