/*
 * shmtool recv: write to standard output what shmtool send sends through shared memory.
 */
#include "commands/commands.h"
#include "commands/shared/channel_options.h"
#include "commands/shared/complete.h"
#include "commands/shared/refs.h"

#include <unistd.h>

struct recv_options {
	struct channel_options channel;
	struct optional_number count;
	bool follow;
	struct common_options common;
};

#define RECV(member) offsetof(struct recv_options, member)

static const struct option_spec specs[] = {
	{ "messages", 0, NULL, "accept only messages, not bytes", NULL, NULL,
	  RECV(channel.messages), 0 },
	{ "count", 0, "NUMBER", "receive NUMBER messages (default: all)", option_parse_count, NULL,
	  RECV(count), 0 },
	{ "follow", 'f', NULL, "receive from one sender after another", NULL, NULL, RECV(follow),
	  0 },
};

static const struct option_group groups[] = {
	{ "Options", specs, OPTION_COUNT(specs), 0 },
	CHANNEL_OPTION_GROUPS(struct recv_options, channel),
	COMMON_OPTION_GROUP(struct recv_options, common),
};

static enum exit_status run(const struct command_context *context, const void *parsed, int argc,
                            char **operands)
{
	const struct recv_options *options = parsed;
	const struct transmission side = {
		.fd = STDOUT_FILENO,
		.count = options->count.number,
		.follow = options->follow,
	};

	return channel_options_run(context, &options->channel, argc, operands, &side, false);
}

static const struct option_hint hints[] = {
	REF_OPTION_HINTS,
};

const struct command recv_command = {
	.name = "recv",
	.summary = "Receive what is sent through an object",
	.operands = "REF",
	.min_operands = 1,
	.max_operands = 1,
	.groups = groups,
	.group_count = OPTION_COUNT(groups),
	.options_size = sizeof(struct recv_options),
	.common_offset = offsetof(struct recv_options, common),
	.complete_operand = complete_refs_and_files,
	.operand_subset = KINDS_MAPPED,
	.option_hints = hints,
	.run = run,
};
