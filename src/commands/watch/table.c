#include "commands/watch/table.h"

enum exit_status watch_table(const struct command_context *context,
                             const struct watch_table_request *request)
{
	struct error error;

	(void)request;
	error_set(&error, STATUS_FAILED, "--table is not available in this build");
	message_error(&context->message, NULL, &error);
	return STATUS_FAILED;
}
