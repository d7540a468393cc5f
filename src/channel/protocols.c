#include "channel/protocols.h"

#include "channel/fifo_protocol.h"
#include "channel/ring_protocol.h"
#include "channel/semaphore_protocol.h"
#include "channel/turn_protocol.h"

const struct protocol *const protocols[] = {
	&ring_protocol,
	&turn_protocol,
	&fifo_protocol,
	&semaphore_protocol,
};
const size_t protocol_count = sizeof(protocols) / sizeof(protocols[0]);
