/*
 * One side of the ring of a channel: positions, and the sleep until the other side moves. It knows
 * nothing of owners and sessions, so that two threads can use it too (tests/unit/ring.c), and
 * tests/helpers/channel_model.c explores the same steps.
 */
#ifndef SHMTOOL_CHANNEL_RING_H
#define SHMTOOL_CHANNEL_RING_H

#include "channel/layout.h"

#include <stdbool.h>
#include <stdint.h>

struct ring {
	struct channel_side *own;
	struct channel_side *other;
	unsigned char *data;
	uint32_t capacity; /* in bytes */
	bool is_sender;
	uint32_t position; /* own, 0 to 2 * capacity - 1 */
	uint32_t seen;     /* the other side's position with its bits, as last loaded */
	uint32_t no_yield; /* sleeps before which it does not give up the processor */
};

/** A part of the ring that does not wrap. */
struct ring_part {
	unsigned char *bytes;
	uint32_t size; /* in bytes */
};

/**
 * Load the other side's position.
 *
 * @param size  receives the bytes that this side may store (sender) or take (receiver)
 * @return 0, or -1 if the position is not possible
 */
int ring_look(struct ring *ring, uint32_t *size);

/** The part of the ring at a distance from the own position, at most size bytes. */
struct ring_part ring_part(const struct ring *ring, uint32_t distance, uint32_t size);

/** Copy bytes into the ring, or from it, at a distance from the own position. */
void ring_copy_in(const struct ring *ring, uint32_t distance, const void *bytes, uint32_t size);
void ring_copy_out(const struct ring *ring, uint32_t distance, void *bytes, uint32_t size);

/**
 * Move the own position, and wake the other side if it sleeps. A sender that waits for room is woken
 * when half of the ring is free.
 *
 * @param size  in bytes, at most what ring_look() returned
 * @param bits  CHANNEL_ENDED or CHANNEL_LEFT, or 0
 */
void ring_move(struct ring *ring, uint32_t size, uint32_t bits);

/**
 * Sleep until the other side's position differs from the one seen last.
 *
 * @return 0 if it may differ, or -1 with errno EINTR after a signal
 */
int ring_sleep(struct ring *ring);

#endif
