#include "events/source.h"

static int open_tracepoints(const struct event_request *request, unsigned int kinds, void **state,
                            unsigned int *opened, struct error *error)
{
	(void)request;
	(void)kinds;
	(void)state;
	*opened = 0;
	return error_set(error, STATUS_FAILED, "tracepoints can't be used");
}

const struct event_source tracepoint_source = {
	.name = "tracepoints",
	.kinds = KINDS_SYSV,
	.open = open_tracepoints,
};
