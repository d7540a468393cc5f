#include "channel/protocols.h"

#include "channel/ring_protocol.h"

const struct protocol *const protocols[] = {
	&ring_protocol,
};
const size_t protocol_count = sizeof(protocols) / sizeof(protocols[0]);
