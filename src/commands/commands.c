#include "commands/commands.h"

#include "system/privileges.h"

#include <sys/prctl.h>

bool commands_refuse_lent_rights(void)
{
	const struct message_context context = { .command = NULL };
	struct error error;

	if (!privileges_are_lent())
		return false;
	error_set(&error, STATUS_FAILED,
	          "refusing to run set-user-ID, set-group-ID or with file capabilities: every "
	          "user could read and remove any object (clear them on the file, and use "
	          "sudo(8))");
	message_error(&context, NULL, &error);
	return true;
}

void commands_gain_nothing(const struct command *command)
{
	/* A user's program may be sudo(8). */
	if (!command->takes_program)
		(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}
