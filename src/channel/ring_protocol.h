/*
 * The protocol of shmtool's own channels: a ring, see channel/layout.h.
 */
#ifndef SHMTOOL_CHANNEL_RING_PROTOCOL_H
#define SHMTOOL_CHANNEL_RING_PROTOCOL_H

#include "channel/protocol.h"

extern const struct protocol ring_protocol;

/** The functions of the protocol, see struct protocol. */
int ring_send(struct transmission *transmission, struct error *error);
int ring_receive(struct transmission *transmission, struct error *error);

#endif
