/*
 * The command lines of ipcs, ipcrm and ipcmk: their options, and the numbers that they take. No
 * command runs. The first line of an input is the command, each further one is a word.
 */
#include "fuzz.h"

#include "cli/command.h"
#include "commands/classic/number.h"
#include "commands/classic/parse.h"
#include "commands/commands.h"

#include <stdlib.h>
#include <string.h>

static const struct command *const commands[] = { &ipcs_command, &ipcrm_command, &ipcmk_command };

/* Parse an argument in each way in which one of the commands may. */
static int take(int option, const char *argument, void *state)
{
	const struct command *command = state;
	size_t count = 0;
	uint64_t bytes;
	mode_t mode;
	key_t key;
	int number;

	for (size_t i = 0; i < command->group_count; i++)
		count += command->groups[i].count;
	fuzz_check(option >= 0 && (size_t)option < count, "%s has no option %d", command->name,
	           option);
	if (argument == NULL)
		return 0;
	(void)classic_parse_int(argument, &number);
	(void)classic_parse_key(argument, &key);
	(void)classic_is_key(argument, &key);
	(void)classic_parse_size(argument, &bytes);
	(void)classic_parse_mode(argument, &mode);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_words words;
	const struct command *command = NULL;
	enum exit_status status = STATUS_DONE;

	fuzz_silence();
	fuzz_words(data, size, &words);
	for (size_t i = 0; words.count > 0 && i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(words.words[0], commands[i]->name) == 0)
			command = commands[i];
	}
	if (command != NULL) {
		const int first = classic_parse(command, words.count, words.words, take,
		                                (void *)(uintptr_t)command, &status);

		fuzz_check(first >= -1 && first <= words.count, "operand %d of %d", first,
		           words.count);
	}
	free(words.text);
	return 0;
}
