/*
 * The command lines of all commands, up to the point where the command runs. The first line of an
 * input is the command, each further one is a word.
 */
#include "fuzz.h"

#include "base/memory.h"
#include "cli/command.h"
#include "commands/commands.h"

#include <stdlib.h>
#include <string.h>

static const struct command *const commands[] = {
	&create_command,      &attach_command,   &write_command,   &read_command,
	&send_command,        &recv_command,     &stat_command,    &rm_command,
	&set_command,         &users_command,    &usage_command,   &watch_command,
	&guard_command,       &limits_command,   &metrics_command, &map_file_command,
	&probe_pages_command, &families_command,
};
enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static void parse(const struct command *command, int argc, char **argv)
{
	void *options = needed_array(1, command->options_size);
	struct option_failure failure = { .error = { .text = "" } };
	int behind = 0;
	const int first = options_parse(command->groups, command->group_count, argc, argv, options,
	                                &behind, &failure);

	if (first < 0)
		fuzz_check(failure.error.text[0] != '\0', "%s fails without a sentence",
		           command->name);
	else
		fuzz_check(first <= argc && behind <= argc - first && behind >= -1,
		           "%s has %d operands of %d, %d after --", command->name, first, argc,
		           behind);
	if (command->release != NULL)
		command->release(options);
	free(options);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_words words;
	const struct command *command;

	/* The catalogue of families is a part of no input. */
	(void)setenv("SHMTOOL_FAMILIES", "/nonexistent", 1);
	fuzz_words(data, size, &words);
	command = words.count > 0 ? command_find(commands, COMMANDS, words.words[0]) : NULL;
	if (command != NULL)
		parse(command, words.count, words.words);
	free(words.text);
	return 0;
}
