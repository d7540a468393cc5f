/*
 * shmtool send: send standard input through a channel in shared memory, to shmtool recv.
 */
#include "commands/commands.h"
#include "commands/shared/channel_options.h"
#include "commands/shared/complete.h"
#include "commands/shared/refs.h"

#include <unistd.h>

struct send_options {
	struct channel_options channel;
	struct common_options common;
};

static const struct option_spec specs[] = {
	{ "messages", 0, NULL, "send each line as a message", NULL, NULL,
	  offsetof(struct send_options, channel.messages), 0 },
};

static const struct option_group groups[] = {
	{ "Options", specs, OPTION_COUNT(specs), 0 },
	CHANNEL_OPTION_GROUPS(struct send_options, channel),
	COMMON_OPTION_GROUP(struct send_options, common),
};

static enum exit_status run(const struct command_context *context, const void *parsed, int argc,
                            char **operands)
{
	const struct send_options *options = parsed;
	const struct transmission side = { .fd = STDIN_FILENO };

	return channel_options_run(context, &options->channel, argc, operands, &side, true);
}

static const struct option_hint hints[] = {
	{ "--text", "the bytes come from standard input" },
	{ "--string", "the bytes come from standard input" },
	{ "--input", "the bytes come from standard input" },
	REF_OPTION_HINTS,
};

const struct command send_command = {
	.name = "send",
	.summary = "Send bytes or messages through an object",
	.operands = "REF",
	.min_operands = 1,
	.max_operands = 1,
	.groups = groups,
	.group_count = OPTION_COUNT(groups),
	.options_size = sizeof(struct send_options),
	.common_offset = offsetof(struct send_options, common),
	.complete_operand = complete_refs_and_files,
	.operand_subset = KINDS_MAPPED,
	.option_hints = hints,
	.run = run,
};
