/*
 * The protocol of semaphores: each side waits for its semaphore, sem_wait(3) or semop(2), and posts
 * that of the other side. With only the receiver's, the sender waits until its value is 0.
 */
#ifndef SHMTOOL_CHANNEL_SEMAPHORE_PROTOCOL_H
#define SHMTOOL_CHANNEL_SEMAPHORE_PROTOCOL_H

#include "channel/protocol.h"

/** The transmission has a place, and the receiver's semaphore. */
extern const struct protocol semaphore_protocol;

#endif
