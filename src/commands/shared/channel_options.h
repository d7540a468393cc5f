/*
 * The options that send and recv share, and the object that they open.
 */
#ifndef SHMTOOL_COMMANDS_SHARED_CHANNEL_OPTIONS_H
#define SHMTOOL_COMMANDS_SHARED_CHANNEL_OPTIONS_H

#include "channel/protocol.h"
#include "cli/command.h"
#include "cli/option.h"
#include "commands/shared/place_options.h"
#include "commands/shared/text_options.h"

#include <stdbool.h>

struct channel_options {
	bool messages;
	bool null;
	const char *delimiter;
	bool wait;
	bool no_wait;
	struct optional_number timeout; /* seconds */
	bool create;
	struct optional_number size;
	const char *mode;
	bool force;
	struct optional_number offset;
	struct optional_number length;
	struct text_options text;
	struct place_options place;
};

enum { CHANNEL_MESSAGE_OPTION_COUNT = 2, CHANNEL_OBJECT_OPTION_COUNT = 9 };
extern const struct option_spec channel_message_specs[CHANNEL_MESSAGE_OPTION_COUNT];
extern const struct option_spec channel_object_specs[CHANNEL_OBJECT_OPTION_COUNT];

/** The groups that follow the one with --messages, and --ns. MEMBER is a struct channel_options. */
/* NOLINTBEGIN(bugprone-macro-parentheses): member is followed by another one */
#define CHANNEL_OPTION_GROUPS(type, member)                                                        \
	{ NULL, channel_message_specs, CHANNEL_MESSAGE_OPTION_COUNT, offsetof(type, member) },     \
	    { NULL, channel_object_specs, CHANNEL_OBJECT_OPTION_COUNT, offsetof(type, member) },   \
	    { "Other programs on the other side", text_option_specs, TEXT_OPTION_COUNT,            \
	      offsetof(type, member.text) },                                                       \
	    PLACE_OPTION_GROUP(type, member.place, PLACE_OPTION_NS)
/* NOLINTEND(bugprone-macro-parentheses) */

/**
 * Open the object that an operand names, creating it if the options say so, and run one side of a
 * channel on it. Prints errors.
 *
 * @param side       fd, count and follow; the rest comes from the options
 * @param is_sender  whether this side sends
 * @return the exit status
 */
enum exit_status channel_options_run(const struct command_context *context,
                                     const struct channel_options *options, int argc,
                                     char **operands, const struct transmission *side,
                                     bool is_sender);

#endif
