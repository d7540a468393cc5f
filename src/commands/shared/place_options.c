#include "commands/shared/place_options.h"

#include "commands/shared/complete.h"
#include "system/place.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>

static int parse_pid(const char *text, void *destination, struct error *error)
{
	struct optional_number *pid = destination;
	struct error unused;

	if (option_parse_count(text, pid, &unused) < 0 || pid->number > INT_MAX)
		return error_set(error, STATUS_USAGE, "invalid PID: must be a decimal number");
	return 0;
}

const struct option_spec place_option_specs[PLACE_OPTION_COUNT] = {
	{ "ns", 0, "PID", "in the IPC namespace and the /dev/shm of process PID", parse_pid,
	  complete_namespaces, offsetof(struct place_options, pid), OPTION_ONCE },
};

int place_options_enter(const struct command_context *context, const struct place_options *options)
{
	struct error error;
	char subject[32];

	if (!options->pid.given || (place_enter((pid_t)options->pid.number, &error) == 0 &&
	                            place_check_directories(&error) == 0))
		return 0;
	snprintf(subject, sizeof(subject), "--ns %" PRIu64, options->pid.number);
	message_error(&context->message, subject, &error);
	return -1;
}
