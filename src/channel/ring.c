#include "channel/ring.h"

#include "base/clock.h"
#include "channel/word.h"
#include "system/futex.h"

#include <sched.h>
#include <string.h>

static uint32_t add(const struct ring *ring, uint32_t position, uint32_t size)
{
	const uint32_t sum = position + size;

	return sum < 2 * ring->capacity ? sum : sum - 2 * ring->capacity;
}

/* Bytes from one position to another. */
static uint32_t distance_of(const struct ring *ring, uint32_t from, uint32_t to)
{
	return to >= from ? to - from : to + 2 * ring->capacity - from;
}

static uint32_t bytes_waiting(const struct ring *ring, uint32_t other)
{
	return ring->is_sender ? distance_of(ring, other, ring->position)
	                       : distance_of(ring, ring->position, other);
}

int ring_look(struct ring *ring, uint32_t *size)
{
	const uint32_t word = word_load(&ring->other->position);
	const uint32_t other = word & CHANNEL_POSITION;
	uint32_t waiting;

	*size = 0;
	if (other >= 2 * ring->capacity)
		return -1;
	waiting = bytes_waiting(ring, other);
	if (waiting > ring->capacity)
		return -1;
	ring->seen = word;
	*size = ring->is_sender ? ring->capacity - waiting : waiting;
	return 0;
}

struct ring_part ring_part(const struct ring *ring, uint32_t distance, uint32_t size)
{
	const uint32_t position = add(ring, ring->position, distance);
	const uint32_t index = position < ring->capacity ? position : position - ring->capacity;
	const uint32_t left = ring->capacity - index;

	return (struct ring_part){ .bytes = ring->data + index, .size = size < left ? size : left };
}

void ring_copy_in(const struct ring *ring, uint32_t distance, const void *bytes, uint32_t size)
{
	const struct ring_part part = ring_part(ring, distance, size);

	memcpy(part.bytes, bytes, part.size);
	memcpy(ring->data, (const char *)bytes + part.size, size - part.size);
}

void ring_copy_out(const struct ring *ring, uint32_t distance, void *bytes, uint32_t size)
{
	const struct ring_part part = ring_part(ring, distance, size);

	memcpy(bytes, part.bytes, part.size);
	memcpy((char *)bytes + part.size, ring->data, size - part.size);
}

void ring_move(struct ring *ring, uint32_t size, uint32_t bits)
{
	ring->position = add(ring, ring->position, size);
	word_store(&ring->own->position, ring->position | bits);
	/*
	 * Only the sleeper clears the flag: it may have looked at the new position, and set it
	 * again, before this process gets here.
	 */
	if (word_load(&ring->other->waits) == 0)
		return;
	if (!ring->is_sender && bits == 0 &&
	    bytes_waiting(ring, ring->seen & CHANNEL_POSITION) > ring->capacity / 2)
		return;
	futex_wake(&ring->own->position);
}

static uint64_t microseconds(void)
{
	return clock_nanoseconds(CLOCK_MONOTONIC) / 1000;
}

/*
 * If the other side waits for this processor, giving it up once saves both of them a system call. If
 * a third process takes it instead, for much longer, that is not tried again for some time.
 */
static void give_way(struct ring *ring)
{
	enum { LONG = 100, PAUSE = 300 };
	uint64_t began;

	if (ring->no_yield > 0) {
		ring->no_yield--;
		return;
	}
	began = microseconds();
	sched_yield();
	if (microseconds() - began > LONG)
		ring->no_yield = PAUSE;
}

int ring_sleep(struct ring *ring)
{
	int result;

	give_way(ring);
	if (word_load(&ring->other->position) != ring->seen)
		return 0;
	word_store(&ring->own->waits, 1);
	/* The kernel compares the position with the value seen, after the store above. */
	result = futex_wait(&ring->other->position, ring->seen, 0);
	word_store(&ring->own->waits, 0);
	return result;
}
