#include "cli/run.h"

#include "base/memory.h"
#include "cli/help.h"

#include <stdlib.h>
#include <string.h>

/* The last line of every usage error. */
static void hint_help(const struct message_context *context)
{
	struct error error;

	error_set(&error, STATUS_USAGE, "try 'shmtool %s --help'", context->command);
	message_error(context, NULL, &error);
}

static int check_operands(const struct command *command, int count, const char *last,
                          struct option_failure *failure)
{
	failure->subject[0] = '\0';
	if (count < command->min_operands)
		return error_set(&failure->error, STATUS_USAGE, "missing operand: %s",
		                 command->operands);
	if (command->max_operands < 0 || count <= command->max_operands)
		return 0;
	if (command->max_operands == 0)
		error_set(&failure->error, STATUS_USAGE,
		          "unexpected operand: '%s' (the command takes none)", last);
	else
		error_set(&failure->error, STATUS_USAGE, "unexpected operand: '%s'", last);
	if (command->hint_operand != NULL)
		command->hint_operand(last, &failure->error);
	return -1;
}

/* Whether an unknown option, "-m" or "--addr=0x1000", is the one that a hint is for. */
static bool is_hinted(const char *hinted, const char *word)
{
	if (strcmp(hinted, "-N") == 0)
		return word[0] == '-' && word[1] >= '0' && word[1] <= '9';
	return strlen(hinted) == strcspn(word, "=") && strncmp(hinted, word, strlen(hinted)) == 0;
}

/* A hint for a known word of another tool takes precedence over the nearest option name. */
static void hint_option(const struct command *command, struct option_failure *failure)
{
	const struct option_hint *hint = command->option_hints;

	while (hint != NULL && hint->word != NULL && !is_hinted(hint->word, failure->subject))
		hint++;
	if (hint != NULL && hint->word != NULL)
		error_set(&failure->error, STATUS_USAGE, "unknown option (%s)", hint->hint);
}

static int check_program(const struct command *command, int behind, struct option_failure *failure)
{
	if (!command->takes_program || behind != 0)
		return 0;
	failure->subject[0] = '\0';
	return error_set(&failure->error, STATUS_USAGE, "no program given after --");
}

enum exit_status command_run(const struct command *command, int argc, char **argv)
{
	struct command_context context = { .message.command = command->name };
	const struct common_options *common;
	struct option_failure failure;
	enum exit_status status;
	char *options;
	int operands;
	int behind;
	int first;

	memory_speak_as(command->run_classic != NULL ? "" : "shmtool: ", command->name);
	if (command->run_classic != NULL)
		return command->run_classic(argc, argv);
	options = needed_array(1, command->options_size);
	common = (const struct common_options *)(const void *)(options + command->common_offset);
	first = options_parse(command->groups, command->group_count, argc, argv, options, &behind,
	                      &failure);
	operands = argc - first;
	if (command->takes_program && behind > 0) {
		context.program = argv + argc - behind;
		operands -= behind;
		/* With POSIXLY_CORRECT it stays in place. */
		if (operands > 0 && strcmp(argv[first + operands - 1], "--") == 0)
			operands--;
	}
	context.message.quiet = common->quiet;
	context.verbose = common->verbose;
	if (common->help) {
		help_command(command);
		status = STATUS_DONE;
	} else if (common->version) {
		help_version();
		status = STATUS_DONE;
	} else if (first < 0 || check_program(command, behind, &failure) < 0 ||
	           check_operands(command, operands, argv[first + operands - 1], &failure) < 0) {
		if (first < 0 && failure.unknown)
			hint_option(command, &failure);
		message_error(&context.message, failure.subject[0] != '\0' ? failure.subject : NULL,
		              &failure.error);
		status = failure.error.status;
	} else {
		status = command->run(&context, options, operands, argv + first);
	}
	if (status == STATUS_USAGE)
		hint_help(&context.message);
	if (command->release != NULL)
		command->release(options);
	free(options);
	return status;
}
