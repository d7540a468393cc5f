/*
 * Messages in a ring: each is a frame, see channel/layout.h.
 */
#ifndef SHMTOOL_CHANNEL_MESSAGES_H
#define SHMTOOL_CHANNEL_MESSAGES_H

#include "channel/session.h"

#include <stddef.h>
#include <stdint.h>

/**
 * Send each piece of the input that ends with the delimiter as a message. One that is longer than the
 * ring is reported and left out; session->failed is set.
 *
 * @return 0 at the end of the input, or -1 with error set
 */
int messages_send(struct session *session);

/**
 * Write the messages that are in the ring, as far as their count is wanted, each followed by the
 * delimiter, and take them from the ring when they are written.
 *
 * @param size  of the bytes in the ring
 * @return 0, or -1 with error set
 */
int messages_deliver(struct session *session, uint32_t size);

/*
 * Functions of channel/send.c for these two.
 */

/** Wait for room; another receiver of messages may take over. Returns -1 with error set. */
int sender_wait_room(struct session *session, uint32_t needed, uint32_t *room);

/** The receiver has left: wait for the next one, if messages are sent. Returns -1 with error set. */
int sender_pair_again(struct session *session);

/** Read from the source: 0 bytes at its end. Returns -1 with error set. */
int sender_read(struct session *session, void *bytes, size_t size, size_t *done);

#endif
