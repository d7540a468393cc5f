#include "events/makers_again.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

struct interrupted_call {
	struct interrupted_call *next;
	pid_t thread;
	struct seccomp_data data;
	char *backtrace;
};

void interrupted_call_add(struct interrupted_calls *calls, const struct seccomp_notif *notice,
                          char *backtrace)
{
	struct interrupted_call *call = needed(calloc(1, sizeof(*call)));

	call->thread = (pid_t)notice->pid;
	call->data = notice->data;
	call->backtrace = backtrace;
	call->next = calls->first;
	calls->first = call;
}

char *interrupted_call_take(struct interrupted_calls *calls, const struct seccomp_notif *notice)
{
	char *backtrace = NULL;

	for (struct interrupted_call **place = &calls->first; *place != NULL;) {
		struct interrupted_call *call = *place;

		if (call->thread != (pid_t)notice->pid) {
			place = &call->next;
			continue;
		}
		/* A signal handler may have prevented the repetition of an earlier call. */
		*place = call->next;
		if (backtrace == NULL &&
		    memcmp(&call->data, &notice->data, sizeof(call->data)) == 0)
			backtrace = call->backtrace;
		else
			free(call->backtrace);
		free(call);
	}
	return backtrace;
}

void interrupted_calls_free(struct interrupted_calls *calls)
{
	while (calls->first != NULL) {
		struct interrupted_call *call = calls->first;

		calls->first = call->next;
		free(call->backtrace);
		free(call);
	}
}
