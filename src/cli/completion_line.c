#include "cli/completion_line.h"

#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool begins_with(const char *word, const char *beginning)
{
	return strncmp(word, beginning, strlen(beginning)) == 0;
}

/* Find an option by its long name, which may be abbreviated; NULL if none or several match. */
static const struct option_spec *find_long(const struct command *command, const char *name,
                                           size_t length)
{
	const struct option_spec *found = NULL;

	for (size_t g = 0; g < command->group_count; g++) {
		for (size_t o = 0; o < command->groups[g].count; o++) {
			const struct option_spec *spec = &command->groups[g].options[o];

			if (strncmp(spec->name, name, length) != 0)
				continue;
			if (strlen(spec->name) == length)
				return spec;
			if (found != NULL)
				return NULL;
			found = spec;
		}
	}
	return found;
}

static const struct option_spec *find_letter(const struct command *command, char letter)
{
	for (size_t g = 0; g < command->group_count; g++) {
		for (size_t o = 0; o < command->groups[g].count; o++) {
			if (command->groups[g].options[o].letter == letter)
				return &command->groups[g].options[o];
		}
	}
	return NULL;
}

/* Find the letter in a cluster "-nk..." that takes the rest as its argument; NULL if none does. */
static const char *letter_with_argument(const struct command *command, const char *word,
                                        const struct option_spec **spec)
{
	for (const char *letter = word + 1; *letter != '\0'; letter++) {
		*spec = find_letter(command, *letter);
		if (*spec != NULL && (*spec)->argument != NULL)
			return letter;
	}
	return NULL;
}

/* The option in a word that takes the next word as its argument; NULL if there is none. */
static const struct option_spec *waiting_option(const struct command *command, const char *word)
{
	const struct option_spec *spec = NULL;

	if (begins_with(word, "--")) {
		if (word[2] != '\0' && strchr(word, '=') == NULL)
			spec = find_long(command, word + 2, strlen(word + 2));
	} else if (word[0] == '-' && word[1] != '\0') {
		/*
		 * In "-nk" the last letter takes the next word, unless an earlier one took the
		 * rest.
		 */
		const char *letter = letter_with_argument(command, word, &spec);

		return letter != NULL && letter[1] == '\0' ? spec : NULL;
	}
	if (spec == NULL || spec->argument == NULL || (spec->flags & OPTION_ARGUMENT_OPTIONAL))
		return NULL;
	return spec;
}

const char *completion_option(const struct completion *completion, const char *name)
{
	const char *found = NULL;

	for (int i = 0; i < completion->word_count; i++) {
		const char *word = completion->words[i];
		const char *equals = strchr(word, '=');
		const struct option_spec *spec;

		if (strcmp(word, "--") == 0)
			break;
		spec = waiting_option(completion->command, word);
		if (spec != NULL) {
			if (++i < completion->word_count && strcmp(spec->name, name) == 0)
				found = completion->words[i];
		} else if (begins_with(word, "--") && equals != NULL) {
			spec =
			    find_long(completion->command, word + 2, (size_t)(equals - word - 2));
			if (spec != NULL && strcmp(spec->name, name) == 0)
				found = equals + 1;
		}
	}
	return found;
}

static void complete_argument(const struct completion *completion, const struct option_spec *spec)
{
	struct completion argument = *completion;

	argument.subset = spec->flags >> OPTION_SUBSET_SHIFT;
	if (spec->complete != NULL)
		spec->complete(&argument);
}

/* Complete an argument that starts within a word: after "--name=" or "-n". */
static void complete_argument_behind(const struct completion *completion,
                                     const struct option_spec *spec, const char *argument)
{
	struct completion behind = *completion;
	char *before = needed(strndup(completion->word, (size_t)(argument - completion->word)));

	behind.word = argument;
	behind.before = before;
	complete_argument(&behind, spec);
	free(before);
}

static void complete_option_names(const struct completion *completion)
{
	const struct command *command = completion->command;

	for (size_t g = 0; g < command->group_count; g++) {
		for (size_t o = 0; o < command->groups[g].count; o++) {
			const struct option_spec *spec = &command->groups[g].options[o];
			bool required =
			    spec->argument != NULL && !(spec->flags & OPTION_ARGUMENT_OPTIONAL);
			char name[64];

			snprintf(name, sizeof(name), "--%s%s", spec->name, required ? "=" : "");
			completion_offer(completion, name, spec->help);
		}
	}
}

/* The index of the "--" that ends the options before the last word; -1 if there is none. */
static int find_separator(const struct command *command, int argc, char **words)
{
	for (int i = 0; i + 1 < argc; i++) {
		bool is_argument = i > 0 && waiting_option(command, words[i - 1]) != NULL;

		if (strcmp(words[i], "--") == 0 && !is_argument)
			return i;
	}
	return -1;
}

/* BEFORE: the number of words that the shell passed before these. */
static void complete_command_line(const struct command *command, int before, int argc, char **words,
                                  struct completion_answer *answer)
{
	const char *word = words[argc - 1];
	const struct option_spec *spec = argc > 1 ? waiting_option(command, words[argc - 2]) : NULL;
	const char *equals = strchr(word, '=');
	const char *letter;
	const int separator = find_separator(command, argc, words);
	const bool options_ended = separator >= 0;
	const struct completion completion = {
		.command = command,
		.word = word,
		.before = "",
		.words = words,
		.word_count = argc - 1,
		.subset = command->operand_subset,
		.answer = answer,
	};

	if (options_ended && command->takes_program) {
		/* The word after it, counted from 1. */
		fprintf(answer->stream, ":program %d\n", before + separator + 2);
	} else if (!options_ended && spec != NULL) {
		complete_argument(&completion, spec);
	} else if (!options_ended && begins_with(word, "--") && equals != NULL) {
		spec = find_long(command, word + 2, (size_t)(equals - word - 2));
		if (spec != NULL && spec->argument != NULL)
			complete_argument_behind(&completion, spec, equals + 1);
	} else if (!options_ended && word[0] == '-' && word[1] != '-' &&
	           (letter = letter_with_argument(command, word, &spec)) != NULL) {
		complete_argument_behind(&completion, spec, letter + 1);
	} else if (!options_ended && word[0] == '-') {
		complete_option_names(&completion);
	} else if (command->complete_operand != NULL) {
		command->complete_operand(&completion);
	}
}

static void complete_commands(const struct command *const *commands, size_t count,
                              const struct completion *completion)
{
	for (size_t i = 0; i < count; i++) {
		completion_offer(completion, commands[i]->name, commands[i]->summary);
		if (commands[i]->alias != NULL)
			completion_offer(completion, commands[i]->alias, commands[i]->summary);
	}
}

/* Complete the name of a command: the first word, or the one after "help". */
static void complete_first_words(const struct command *const *commands, size_t count, int argc,
                                 char **words, struct completion_answer *answer)
{
	const struct completion completion = { .word = words[argc - 1],
		                               .before = "",
		                               .answer = answer };

	complete_commands(commands, count, &completion);
	if (argc == 1)
		completion_offer(&completion, "help", "Show the help of a command");
}

static void answer_line(const struct command *const *commands, size_t count, int argc, char **words,
                        struct completion_answer *answer)
{
	const struct command *command;

	if (argc == 0)
		return;
	if (words[0][0] == '-') {
		/* Without a command the options are stat's. */
		complete_command_line(command_find(commands, count, "stat"), 0, argc, words,
		                      answer);
		return;
	}
	if (argc == 1 || (argc == 2 && strcmp(words[0], "help") == 0)) {
		complete_first_words(commands, count, argc, words, answer);
		return;
	}
	command = command_find(commands, count, words[0]);
	if (command != NULL)
		complete_command_line(command, 1, argc - 1, words + 1, answer);
}

void completion_run(const struct command *const *commands, size_t count, int argc, char **words,
                    FILE *stream)
{
	struct completion_answer answer = { .stream = stream };

	answer_line(commands, count, argc, words, &answer);
	if (answer.is_list)
		fputs(":list\n", stream);
}
