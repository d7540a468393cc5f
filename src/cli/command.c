#include "cli/command.h"

#include <string.h>

/* Synonyms of commands. They are accepted, but neither help nor completion lists them. */
static const struct {
	const char *word;
	const char *name;
} synonyms[] = {
	{ "list", "stat" },
	{ "remove", "rm" },
	{ "delete", "rm" },
};

static const char *plain_name(const char *word)
{
	for (size_t i = 0; i < sizeof(synonyms) / sizeof(synonyms[0]); i++) {
		if (strcmp(synonyms[i].word, word) == 0)
			return synonyms[i].name;
	}
	return word;
}

const struct command *command_find(const struct command *const *commands, size_t count,
                                   const char *name)
{
	name = plain_name(name);
	for (size_t i = 0; i < count; i++) {
		const struct command *command = commands[i];

		if (strcmp(command->name, name) == 0 ||
		    (command->alias != NULL && strcmp(command->alias, name) == 0))
			return command;
	}
	return NULL;
}

const struct command *command_find_personality(const struct command *const *commands, size_t count,
                                               const char *path)
{
	const char *slash = strrchr(path, '/');
	const struct command *command =
	    command_find(commands, count, slash != NULL ? slash + 1 : path);

	return command != NULL && command->run_classic != NULL ? command : NULL;
}
