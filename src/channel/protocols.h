/*
 * The list of protocols. To add one, add a line to the table.
 */
#ifndef SHMTOOL_CHANNEL_PROTOCOLS_H
#define SHMTOOL_CHANNEL_PROTOCOLS_H

#include "channel/protocol.h"

#include <stddef.h>

/** The protocols; the first one is the default. */
extern const struct protocol *const protocols[];
extern const size_t protocol_count;

#endif
