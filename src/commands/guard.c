/*
 * shmtool guard: run a program, and leave nothing behind that it has made.
 */
#include "commands/commands.h"
#include "commands/common/child.h"
#include "commands/common/leaks.h"
#include "commands/common/supervise.h"
#include "ipc/descendants.h"
#include "ipc/namespace.h"
#include "ipc/posix.h"
#include "output/text.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct guard_options {
	struct optional_number size;
	struct optional_number leak_status;
	struct common_options common;
};

#define GUARD(member) offsetof(struct guard_options, member)

static int parse_status(const char *text, void *destination, struct error *error)
{
	struct optional_number *status = destination;
	char *end;

	status->number = strtoull(text, &end, 10);
	if (!isdigit((unsigned char)*text) || *end != '\0' || status->number > UINT8_MAX)
		return error_set(error, STATUS_USAGE, "is not an exit status, 0 to 255");
	status->given = true;
	return 0;
}

static const struct option_spec specs[] = {
	{ "size", 0, "SIZE", "of the private /dev/shm (default: as large as the machine's)",
	  option_parse_size, NULL, GUARD(size), 0 },
	{ "leak-status", 0, "N", "exit status for a leak; 0 only reports it (default: 3)",
	  parse_status, NULL, GUARD(leak_status), 0 },
};

static const struct option_group groups[] = {
	{ "Options", specs, OPTION_COUNT(specs), 0 },
	COMMON_OPTION_GROUP(struct guard_options, common),
};

static const char leak_columns[] = "kind,ref,owner,bytes,nattch,cpid,command";

static const char *plural(size_t count)
{
	return count == 1 ? "" : "s";
}

/* What is left that is no object has no row. */
static void tell_others(const struct command_context *context, const struct leak_list *leaks)
{
	char visible[sizeof(leaks->other) * 4];
	struct error error;

	if (leaks->others == 0)
		return;
	text_visible(visible, leaks->other, TEXT_VISIBLE);
	error_set(&error, STATUS_LEAKED, "%zu director%s or other special file%s left in %s: %s%s",
	          leaks->others, leaks->others == 1 ? "y" : "ies", plural(leaks->others),
	          POSIX_DIRECTORY, visible, leaks->others == 1 ? "" : ", ...");
	message_error(&context->message, NULL, &error);
}

static void tell_leaks(const struct command_context *context, const struct leak_list *leaks)
{
	struct error error;

	if (leaks->count > 0) {
		if (!context->message.quiet &&
		    leaks_print_table(leaks, stderr, leak_columns, &error) < 0)
			message_error(&context->message, NULL, &error);
		error_set(&error, STATUS_LEAKED,
		          "%zu object%s left behind, %" PRIu64 " bytes of memory", leaks->count,
		          plural(leaks->count), leaks->bytes);
		message_error(&context->message, context->program[0], &error);
	}
	tell_others(context, leaks);
}

/* What the program did not run into is worth nothing if not all could be looked at. */
static int final_status(const struct guard_options *options, const struct supervised *program,
                        const struct leak_list *leaks, bool looked)
{
	if (program->status != 0)
		return program->status;
	if (!looked)
		return STATUS_FAILED;
	if (leaks->count == 0 && leaks->others == 0)
		return STATUS_DONE;
	return options->leak_status.given ? (int)options->leak_status.number : STATUS_LEAKED;
}

static enum exit_status run(const struct command_context *context, const void *parsed, int argc,
                            char **operands)
{
	const struct guard_options *options = parsed;
	struct supervised program;
	struct leak_list leaks;
	struct error error;
	bool looked;
	int status;

	(void)argc;
	(void)operands;
	if (context->program == NULL) {
		error_set(&error, STATUS_USAGE, "there is no program: shmtool guard -- PROGRAM");
		message_error(&context->message, NULL, &error);
		return STATUS_USAGE;
	}
	if (namespace_enter(options->size.given ? options->size.number : 0, &error) < 0) {
		message_error(&context->message, NULL, &error);
		return (enum exit_status)STATUS_NOT_EXECUTABLE;
	}
	supervise_run(context, false, &program);
	looked = leaks_find(&leaks, &error) == 0;
	if (!looked)
		message_error(&context->message, NULL, &error);
	tell_leaks(context, &leaks);
	status = final_status(options, &program, &leaks, looked);
	supervise_release(&program);
	leaks_free(&leaks);
	return (enum exit_status)status;
}

const struct command guard_command = {
	.name = "guard",
	.summary = "Run a program and leave nothing behind",
	.operands = "-- PROGRAM [ARGUMENT...]",
	.max_operands = 0,
	.takes_program = true,
	.groups = groups,
	.group_count = OPTION_COUNT(groups),
	.options_size = sizeof(struct guard_options),
	.common_offset = offsetof(struct guard_options, common),
	.run = run,
};
