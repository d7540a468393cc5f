#include "unit.h"

#include "channel/channel.h"
#include "channel/ring.h"

#include <pthread.h>
#include <string.h>

/*
 * Two threads over one ring, with pieces of every size up to the whole ring. Without a wake that is
 * due, this test does not end. With the thread sanitizer (make threads) it shows that no byte is
 * accessed by both at once.
 */

enum { CAPACITY_MAX = 192, PIECES = 20000 };

struct shared {
	struct channel_header header;
	unsigned char data[CAPACITY_MAX];
	uint32_t capacity;
	uint64_t wrong; /* bytes that arrived, but not those sent */
	bool damaged;
};

static struct ring side_of(struct shared *shared, bool is_sender)
{
	struct channel_header *header = &shared->header;

	return (struct ring){
		.own = is_sender ? &header->sender : &header->receiver,
		.other = is_sender ? &header->receiver : &header->sender,
		.data = shared->data,
		.capacity = shared->capacity,
		.is_sender = is_sender,
	};
}

static uint32_t wait_for(struct ring *ring, uint32_t needed, struct shared *shared)
{
	uint32_t size = 0;

	while (ring_look(ring, &size) == 0 && size < needed &&
	       (ring->is_sender || ring->seen < CHANNEL_ENDED))
		(void)ring_sleep(ring);
	if (size > ring->capacity)
		__atomic_store_n(&shared->damaged, true, __ATOMIC_RELAXED);
	return size;
}

static void *send_pieces(void *closure)
{
	struct shared *shared = closure;
	struct ring ring = side_of(shared, true);
	unsigned char piece[CAPACITY_MAX];
	unsigned char next = 0;

	for (uint32_t i = 0; i < PIECES; i++) {
		const uint32_t size = i * 7 % shared->capacity + 1;

		for (uint32_t at = 0; at < size; at++)
			piece[at] = next++;
		wait_for(&ring, size, shared);
		ring_copy_in(&ring, 0, piece, size);
		ring_move(&ring, size, i + 1 < PIECES ? 0 : CHANNEL_ENDED);
	}
	return NULL;
}

static uint64_t receive_all(struct shared *shared)
{
	struct ring ring = side_of(shared, false);
	unsigned char piece[CAPACITY_MAX];
	unsigned char next = 0;
	uint64_t received = 0;
	uint32_t size;

	while ((size = wait_for(&ring, 1, shared)) > 0 && size <= shared->capacity) {
		ring_copy_out(&ring, 0, piece, size);
		for (uint32_t at = 0; at < size; at++)
			shared->wrong += piece[at] != next++;
		ring_move(&ring, size, 0);
		received += size;
	}
	return received;
}

static void threads(void)
{
	static const uint32_t capacities[] = { 64, 128, 192 };

	for (size_t i = 0; i < UNIT_ROWS(capacities); i++) {
		struct shared shared = { .capacity = capacities[i] };
		uint64_t sent = 0;
		pthread_t sender;
		uint64_t received;

		for (uint32_t piece = 0; piece < PIECES; piece++)
			sent += piece * 7 % capacities[i] + 1;
		if (!unit_check(pthread_create(&sender, NULL, send_pieces, &shared) == 0,
		                "a thread"))
			return;
		received = receive_all(&shared);
		pthread_join(sender, NULL);
		unit_check_number("received", received, sent);
		unit_check_number("wrong bytes", shared.wrong, 0);
		unit_check(!shared.damaged, "more bytes than the capacity");
	}
}

static const struct {
	const char *row;
	uint32_t sent;
	uint32_t received;
	int result;
	uint32_t room;
	uint32_t waiting;
} positions[] = {
	{ "empty", 0, 0, 0, 64, 0 },
	{ "empty, in the second half", 100, 100, 0, 64, 0 },
	{ "full", 64, 0, 0, 0, 64 },
	{ "full, around the end", 36, 100, 0, 0, 64 },
	{ "one byte around the end", 0, 127, 0, 63, 1 },
	{ "ended", 0x80000000 | 5, 0, 0, 59, 5 },
	{ "left", 5, 0x40000000 | 1, 0, 60, 4 },
	{ "more than the capacity", 65, 0, -1, 0, 0 },
	{ "the receiver is ahead", 0, 1, -1, 0, 0 },
	{ "beyond the last position", 128, 100, -1, 0, 0 },
	{ "far beyond it", 0x3fffffff, 0, -1, 0, 0 },
};

static void look(void)
{
	for (size_t i = 0; i < UNIT_ROWS(positions); i++) {
		struct shared shared = { .capacity = 64 };
		struct ring sender = side_of(&shared, true);
		struct ring receiver = side_of(&shared, false);
		uint32_t size;

		sender.position = positions[i].sent & CHANNEL_POSITION;
		receiver.position = positions[i].received & CHANNEL_POSITION;
		shared.header.sender.position = positions[i].sent;
		shared.header.receiver.position = positions[i].received;
		unit_check(ring_look(&receiver, &size) == positions[i].result,
		           "%s: the receiver's look", positions[i].row);
		unit_check_number(positions[i].row, size, positions[i].waiting);
		if (positions[i].result < 0)
			continue;
		unit_check(ring_look(&sender, &size) == 0, "%s: the sender's look",
		           positions[i].row);
		unit_check_number(positions[i].row, size, positions[i].room);
	}
}

static void judge(void)
{
	struct channel_header header = { .capacity = 0 };
	const uint64_t room = CHANNEL_HEADER_SIZE + 128;

	unit_check(channel_judge(&header, room) == CHANNEL_NONE, "zeros");
	memcpy(header.magic, CHANNEL_MAGIC, 4);
	unit_check(channel_judge(&header, room) == CHANNEL_UNFINISHED, "half a magic");
	memcpy(header.magic, CHANNEL_MAGIC, CHANNEL_MAGIC_SIZE);
	unit_check(channel_judge(&header, room) == CHANNEL_UNFINISHED, "a magic");
	header.sender.owner = 1;
	unit_check(channel_judge(&header, room) == CHANNEL_FOREIGN, "a magic and more");
	header.capacity = 128;
	unit_check(channel_judge(&header, room) == CHANNEL_FOUND, "a channel");
	header.capacity = 192;
	unit_check(channel_judge(&header, room) == CHANNEL_DAMAGED, "larger than its object");
	header.capacity = 100;
	unit_check(channel_judge(&header, room) == CHANNEL_DAMAGED, "no multiple of 64");
	header.magic[7] = '2';
	unit_check(channel_judge(&header, room) == CHANNEL_FOREIGN, "another version");
}

static const struct unit_test tests[] = {
	{ "a ring carries pieces of every size between two threads", threads },
	{ "positions that are not possible are refused", look },
	{ "a channel is distinguished from anything else", judge },
};

UNIT_SUITE(ring_suite, "ring", tests);
