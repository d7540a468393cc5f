#include "commands/users/operations.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

void note_operations(const struct command_context *context, const struct used *used)
{
	const struct operators_limits *limits = &used->limits;

	if (limits->failure != 0)
		message_note(&context->message, used->ref, "its semaphores can't be read: %s",
		             limits->failure == EACCES ? "no read permission for the set"
		                                       : strerror(limits->failure));
	if (limits->waiting > limits->seen)
		message_note(&context->message, used->ref,
		             "%" PRIu64 " process%s for it, %" PRIu64 " of them can't be seen",
		             limits->waiting, limits->waiting == 1 ? " waits" : "es wait",
		             limits->waiting - limits->seen);
	if (limits->outside)
		message_note(&context->message, used->ref,
		             "a process outside this pid namespace may have used it");
}
