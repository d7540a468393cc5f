#include "commands/classic/parse.h"

#include "cli/command.h"
#include "cli/help.h"
#include "output/message.h"
#include "output/stdout.h"

#include <errno.h>
#include <getopt.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { VERSION, HELP };

const struct option_spec classic_option_specs[CLASSIC_OPTION_COUNT] = {
	[VERSION] = { "version", 'V', NULL, "show the version", NULL, NULL, 0, 0 },
	[HELP] = { "help", 'h', NULL, "show this help", NULL, NULL, 0, 0 },
};

/* A command's options in the form of getopt_long(3). */
struct classic_parser {
	const struct option_spec **specs;
	struct option *long_options; /* in the order of specs */
	char *letters;
	size_t count;
};

/* Return values of getopt_long(3) for long names: above all letters. */
enum { FIRST_VALUE = 256 };

static void parser_free(struct classic_parser *parser)
{
	free((void *)parser->specs);
	free(parser->long_options);
	free(parser->letters);
}

/* Add an option; returns the end of the letters. */
static char *parser_add(struct classic_parser *parser, const struct option_spec *spec, char *letter)
{
	struct option *entry = &parser->long_options[parser->count];

	entry->name = spec->name;
	entry->val = FIRST_VALUE + (int)parser->count;
	if (spec->argument == NULL)
		entry->has_arg = no_argument;
	else if (spec->flags & OPTION_ARGUMENT_OPTIONAL)
		entry->has_arg = optional_argument;
	else
		entry->has_arg = required_argument;
	parser->specs[parser->count++] = spec;
	if (spec->letter == '\0')
		return letter;
	*letter++ = spec->letter;
	for (int colons = entry->has_arg; colons > 0; colons--)
		*letter++ = ':';
	return letter;
}

static int parser_build(struct classic_parser *parser, const struct command *command)
{
	enum { LETTERS_OF_AN_OPTION = 3 }; /* "x::" */
	size_t count = 0;
	char *letter;

	for (size_t g = 0; g < command->group_count; g++)
		count += command->groups[g].count;
	parser->specs = calloc(count + 1, sizeof(const struct option_spec *));
	parser->long_options = calloc(count + 1, sizeof(*parser->long_options));
	parser->letters = calloc(count + 1, LETTERS_OF_AN_OPTION);
	if (parser->specs == NULL || parser->long_options == NULL || parser->letters == NULL)
		return -1;
	letter = parser->letters;
	for (size_t g = 0; g < command->group_count; g++) {
		for (size_t o = 0; o < command->groups[g].count; o++)
			letter = parser_add(parser, &command->groups[g].options[o], letter);
	}
	return 0;
}

/* The index of the option that getopt_long(3) means by a value. */
static size_t parser_index(const struct classic_parser *parser, int value)
{
	size_t index = 0;

	if (value >= FIRST_VALUE)
		return (size_t)(value - FIRST_VALUE);
	while (index < parser->count && parser->specs[index]->letter != value)
		index++;
	return index;
}

/* The loop over getopt_long(3); returns the first operand's index or -1. */
static int parse_all(const struct classic_parser *parser, const struct command *command, int argc,
                     char **argv, classic_option_fn *take, void *state, enum exit_status *status)
{
	opterr = 1;
	optind = 0; /* glibc and musl: begin anew */
	for (;;) {
		int value = getopt_long(argc, argv, parser->letters, parser->long_options, NULL);
		size_t index;

		if (value == -1)
			return optind;
		index = parser_index(parser, value);
		if (value == '?' || index >= parser->count) {
			*status = classic_try_help(command->name);
			return -1;
		}
		*status = STATUS_DONE;
		if (parser->specs[index] == &classic_option_specs[HELP]) {
			help_command(command);
			return -1;
		}
		if (parser->specs[index] == &classic_option_specs[VERSION]) {
			help_version_classic(command->name);
			return -1;
		}
		if (take((int)index, optarg, state) < 0) {
			*status = STATUS_FAILED;
			return -1;
		}
	}
}

int classic_parse(const struct command *command, int argc, char **argv, classic_option_fn *take,
                  void *state, enum exit_status *status)
{
	struct classic_parser parser = { .count = 0 };
	int first = -1;

	/* Their sizes have the decimal point of the locale. */
	setlocale(LC_NUMERIC, "");
	if (parser_build(&parser, command) < 0) {
		message_classic(command->name, "out of memory");
		*status = STATUS_FAILED;
	} else {
		first = parse_all(&parser, command, argc, argv, take, state, status);
	}
	parser_free(&parser);
	return first;
}

enum exit_status classic_try_help(const char *name)
{
	fprintf(stderr, "Try '%s --help' for more information.\n", name);
	return STATUS_FAILED;
}

enum exit_status classic_close(const char *name, enum exit_status status)
{
	/* Of what failed before the end, those tools no longer know the cause. */
	if (ferror(stdout)) {
		message_classic(name, "write error");
		return STATUS_FAILED;
	}
	if (stdout_flush() < 0 || close(STDOUT_FILENO) < 0) {
		if (errno != EPIPE && errno != EBADF) {
			message_classic(name, "write error: %s", strerror(errno));
			return STATUS_FAILED;
		}
	}
	return ferror(stderr) ? STATUS_FAILED : status;
}
