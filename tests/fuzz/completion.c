/*
 * The completion of a line: which option or operand its last word is, and the answer. The first line
 * of an input is COMP_WORDBREAKS, each further one is a word. The commands are made up, because those
 * of the program list what the machine has.
 */
#include "fuzz.h"

#include "base/memory.h"
#include "cli/command.h"
#include "cli/completion_bash.h"
#include "cli/completion_line.h"

#include <stdlib.h>
#include <string.h>

struct options {
	struct common_options common;
	const char *file;
	const char *item;
	const char *object;
};

static void complete_objects(const struct completion *completion)
{
	static const char *const words[] = { "/a",    "/two words", "/new\nline",
		                             "/it's", "/$HOME",     "psem:/a",
		                             "id:1",  "0x0000002a", "/\xff" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		(void)completion_offer(completion, words[i], i % 2 == 0 ? "an object" : NULL);
}

static void complete_items(const struct completion *completion)
{
	struct completion last;
	char *before = completion_split_list(completion, &last);

	completion_is_list(completion);
	(void)completion_offer(&last, "alice", "a user");
	(void)completion_offer(&last, "bob", NULL);
	free(before);
}

static const struct option_spec specs[] = {
	{ "file", 'f', "FILE", "a file", option_parse_string, complete_files,
	  offsetof(struct options, file), 0 },
	{ "item", 'i', "ITEM,...", "items", option_parse_string, complete_items,
	  offsetof(struct options, item), 0 },
	{ "object", 0, "REF", "an object", option_parse_string, complete_objects,
	  offsetof(struct options, object), OPTION_ARGUMENT_OPTIONAL },
};

static const struct option_group groups[] = {
	{ .title = "Options", .options = specs, .count = OPTION_COUNT(specs) },
	COMMON_OPTION_GROUP(struct options, common),
};

/* Options without a command are those of stat. */
static const struct command list = {
	.name = "stat",
	.alias = "list",
	.summary = "list objects",
	.operands = "REF...",
	.max_operands = -1,
	.groups = groups,
	.group_count = 2,
	.options_size = sizeof(struct options),
	.complete_operand = complete_objects,
};

static const struct command run = {
	.name = "run",
	.summary = "run a program",
	.operands = "-- PROGRAM",
	.max_operands = 0,
	.takes_program = true,
	.groups = groups,
	.group_count = 2,
	.options_size = sizeof(struct options),
};

static const struct command *const commands[] = { &list, &run };

static bool is_printable(const char *text)
{
	while ((unsigned char)*text >= ' ')
		text++;
	return *text == '\0';
}

/* Each line is a word or a directive, without control characters. */
static void check_answer(const char *answer, size_t size)
{
	for (size_t i = 0; i < size; i++)
		fuzz_check((unsigned char)answer[i] >= ' ' || answer[i] == '\n' ||
		               answer[i] == '\t',
		           "byte %02x in an answer", (unsigned int)(unsigned char)answer[i]);
	fuzz_check(size == 0 || answer[size - 1] == '\n', "the last line of an answer is cut");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char type[] = "9";
	static char columns[] = "80";
	struct fuzz_words words;
	char *arguments[FUZZ_WORDS_MAX + 3] = { type, columns };
	char *answer = NULL;
	size_t answer_size = 0;
	FILE *stream = needed(open_memstream(&answer, &answer_size));

	fuzz_silence();
	fuzz_words(data, size, &words);
	completion_run(commands, 2, words.count - 1, words.words + 1, stream);
	(void)fclose(stream);
	/* The answer repeats what was typed before a comma. */
	if (words.count > 1 && is_printable(words.words[words.count - 1]))
		check_answer(answer, answer_size);
	memcpy(arguments + 2, words.words, sizeof(words.words));
	completion_bash(commands, 2, words.count + 2, arguments);
	type[0] = type[0] == '9' ? '?' : '9';
	free(answer);
	free(words.text);
	return 0;
}
