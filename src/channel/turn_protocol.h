/*
 * The protocol of a flag in the struct: 0 is the sender's turn, anything else the receiver's.
 */
#ifndef SHMTOOL_CHANNEL_TURN_PROTOCOL_H
#define SHMTOOL_CHANNEL_TURN_PROTOCOL_H

#include "channel/protocol.h"

/** The transmission has a place with a flag. */
extern const struct protocol turn_protocol;

#endif
