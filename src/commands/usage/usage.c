/*
 * shmtool usage: where all shared memory of the machine is, adding up to what the kernel reports.
 */
#include "commands/usage/usage.h"

#include "commands/commands.h"
#include "output/report.h"
#include "system/privileges.h"

static const struct option_spec specs[] = {
	{ "all", 'a', NULL, "also print lines without any memory", NULL, NULL,
	  offsetof(struct usage_options, all), 0 },
};

static const struct option_group groups[] = {
	{ "What to show", specs, OPTION_COUNT(specs), 0 },
	FORMAT_OPTION_GROUP(struct usage_options, format, FORMAT_OPTION_COUNT_WITHOUT_TIMES),
	COMMON_OPTION_GROUP(struct usage_options, common),
};

static enum exit_status run(const struct command_context *context, const void *parsed, int argc,
                            char **operands)
{
	const struct usage_options *options = parsed;
	struct format_options format;
	struct error error;

	(void)argc;
	(void)operands;
	if (format_options_want_help(&options->format)) {
		report_list_columns(&usage_columns);
		return STATUS_DONE;
	}
	if (format_options_resolve(&options->format, &format, &error) < 0) {
		message_error(&context->message, NULL, &error);
		return error.status;
	}
	privileges_keep(PRIVILEGE_LOOK | PRIVILEGE_FOLLOW | PRIVILEGE_ENTER);
	return usage_table(context, options, &format);
}

const struct command usage_command = {
	.name = "usage",
	.summary = "Show where all shared memory of the machine is",
	.operands = "",
	.max_operands = 0,
	.groups = groups,
	.group_count = OPTION_COUNT(groups),
	.options_size = sizeof(struct usage_options),
	.columns = &usage_columns,
	.common_offset = offsetof(struct usage_options, common),
	.run = run,
};
