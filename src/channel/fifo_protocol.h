/*
 * The protocol of a FIFO: each byte in it announces a text in the object.
 */
#ifndef SHMTOOL_CHANNEL_FIFO_PROTOCOL_H
#define SHMTOOL_CHANNEL_FIFO_PROTOCOL_H

#include "channel/protocol.h"

/** The transmission has a place, and the path of a FIFO. */
extern const struct protocol fifo_protocol;

#endif
