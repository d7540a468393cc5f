#include "cli/option.h"

#include "base/memory.h"
#include "base/number.h"
#include "output/suggest.h"
#include "output/units.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { HELP, VERSION, QUIET, VERBOSE };

const struct option_spec common_option_specs[COMMON_OPTION_COUNT] = {
	[HELP] = { "help", 'h', NULL, "show this help", NULL, NULL,
	           offsetof(struct common_options, help), 0 },
	[VERSION] = { "version", 'V', NULL, "show the version", NULL, NULL,
	              offsetof(struct common_options, version), 0 },
	[QUIET] = { "quiet", 'q', NULL, "print errors only, no notes or warnings", NULL, NULL,
	            offsetof(struct common_options, quiet), 0 },
	[VERBOSE] = { "verbose", 'v', NULL, "print more details", NULL, NULL,
	              offsetof(struct common_options, verbose), 0 },
};

int option_parse_string(const char *text, void *destination, struct error *error)
{
	(void)error;
	*(const char **)destination = text;
	return 0;
}

int option_parse_bytes(const char *text, void *destination, struct error *error)
{
	struct optional_number *size = destination;
	struct error not_hexadecimal;

	/* Hex dumps and page maps print offsets in this form. */
	if (strncasecmp(text, "0x", 2) == 0 &&
	    option_parse_address(text, destination, &not_hexadecimal) == 0)
		return 0;
	if (size_parse(text, &size->number, error) < 0)
		return -1;
	size->given = true;
	return 0;
}

int option_parse_size(const char *text, void *destination, struct error *error)
{
	struct optional_number *size = destination;

	if (size_parse(text, &size->number, error) < 0)
		return -1;
	size->given = true;
	if (size->number == 0)
		return error_set(error, STATUS_USAGE, "invalid size: must be at least 1 byte");
	return 0;
}

int option_parse_duration(const char *text, void *destination, struct error *error)
{
	struct optional_number *duration = destination;

	if (duration_parse(text, &duration->number, error) < 0)
		return -1;
	duration->given = true;
	return 0;
}

int option_parse_address(const char *text, void *destination, struct error *error)
{
	struct optional_number *address = destination;

	if (number_parse(text, NUMBER_AS_C, UINTPTR_MAX, &address->number) != NUMBER_READ)
		return error_set(error, STATUS_USAGE,
		                 "is not an address (example: 0x7f0000000000)");
	address->given = true;
	return 0;
}

int option_parse_count(const char *text, void *destination, struct error *error)
{
	struct optional_number *count = destination;

	if (number_parse(text, NUMBER_DECIMAL, UINT64_MAX, &count->number) != NUMBER_READ ||
	    count->number == 0)
		return error_set(error, STATUS_USAGE, "invalid number: must be at least 1");
	count->given = true;
	return 0;
}

/* Add an option; returns the end of the letters. */
static char *add(struct getopt_table *table, const struct option_spec *spec, size_t offset,
                 char *letter)
{
	const bool optional = (spec->flags & OPTION_ARGUMENT_OPTIONAL) != 0;
	struct option *entry = &table->long_options[table->count];

	table->known[table->count].spec = spec;
	table->known[table->count].offset = offset;
	entry->name = spec->name;
	entry->val = GETOPT_FIRST_VALUE + (int)table->count;
	if (spec->argument == NULL)
		entry->has_arg = no_argument;
	else
		entry->has_arg = optional ? optional_argument : required_argument;
	table->count++;
	if (spec->letter == '\0')
		return letter;
	*letter++ = spec->letter;
	for (int colons = entry->has_arg; colons > 0; colons--)
		*letter++ = ':';
	return letter;
}

void getopt_table_build(struct getopt_table *table, const struct option_group *groups,
                        size_t group_count, const char *prefix)
{
	enum { LETTERS_OF_AN_OPTION = 3 }; /* "x::" */
	size_t count = 0;
	char *letter;

	for (size_t g = 0; g < group_count; g++)
		count += groups[g].count;
	table->count = 0;
	table->known = needed_array(count, sizeof(*table->known));
	table->long_options = needed_array(count + 1, sizeof(*table->long_options));
	table->letters = needed_array(strlen(prefix) + count * LETTERS_OF_AN_OPTION + 1, 1);
	letter = stpcpy(table->letters, prefix);
	for (size_t g = 0; g < group_count; g++) {
		for (size_t o = 0; o < groups[g].count; o++) {
			const struct option_spec *spec = &groups[g].options[o];

			letter = add(table, spec, groups[g].offset + spec->offset, letter);
		}
	}
}

struct known_option *getopt_table_find(const struct getopt_table *table, int value)
{
	size_t index = 0;

	if (value >= GETOPT_FIRST_VALUE)
		index = (size_t)(value - GETOPT_FIRST_VALUE);
	else
		while (index < table->count && table->known[index].spec->letter != value)
			index++;
	return index < table->count ? &table->known[index] : NULL;
}

void getopt_table_free(struct getopt_table *table)
{
	free(table->known);
	free(table->long_options);
	free(table->letters);
}

static int fail(struct option_failure *failure, const char *subject, const char *sentence)
{
	failure->unknown = false;
	snprintf(failure->subject, sizeof(failure->subject), "%s", subject);
	return error_set(&failure->error, STATUS_USAGE, "%s", sentence);
}

/* Report a long name that getopt_long(3) rejected: ambiguous or unknown. */
static int fail_long(const struct getopt_table *table, const char *word,
                     struct option_failure *failure)
{
	struct suggestion suggestion;
	char name[SUGGEST_MAX + 1];
	char sentence[512] = "is ambiguous:";
	size_t used = strlen(sentence);
	size_t matches = 0;

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(word + 2, "="), word + 2);
	suggest_begin(&suggestion, name);
	for (size_t i = 0; i < table->count; i++) {
		const char *candidate = table->known[i].spec->name;

		suggest_consider(&suggestion, candidate);
		if (strncmp(candidate, name, strlen(name)) == 0) {
			used += (size_t)snprintf(sentence + used, sizeof(sentence) - used,
			                         "%s --%s", matches > 0 ? "," : "", candidate);
			if (used >= sizeof(sentence))
				used = sizeof(sentence) - 1;
			matches++;
		}
	}
	if (matches > 1)
		return fail(failure, word, sentence);
	if (suggestion.nearest != NULL)
		snprintf(sentence, sizeof(sentence), "unknown option, did you mean --%s?",
		         suggestion.nearest);
	else
		snprintf(sentence, sizeof(sentence), "unknown option");
	fail(failure, word, sentence);
	failure->unknown = true;
	return -1;
}

/* Report why getopt_long(3) returned '?'. */
static int fail_unknown(const struct getopt_table *table, const char *word,
                        struct option_failure *failure)
{
	char letter[3] = "-";

	if (optopt >= GETOPT_FIRST_VALUE) {
		char name[128];

		snprintf(name, sizeof(name), "--%s",
		         table->long_options[optopt - GETOPT_FIRST_VALUE].name);
		return fail(failure, name, "takes no argument");
	}
	/* Long names that are unknown or ambiguous have no value. */
	if (optopt == 0)
		return fail_long(table, word, failure);
	letter[1] = (char)optopt;
	fail(failure, letter, "unknown option");
	failure->unknown = true;
	return -1;
}

/* "--name" or "-n", as given. */
static void option_name(char *name, size_t size, const struct option_spec *spec, int value)
{
	if (value < GETOPT_FIRST_VALUE)
		snprintf(name, size, "-%c", spec->letter);
	else
		snprintf(name, size, "--%s", spec->name);
}

/* Store an option whose argument is in optarg; name is its form on the command line. */
static int take(struct known_option *option, const char *name, char *options,
                struct option_failure *failure)
{
	void *destination = options + option->offset;
	const struct option_spec *spec = option->spec;
	const char *shown = optarg;

	if (option->seen && (spec->flags & OPTION_ONCE))
		return fail(failure, name, "may be given only once");
	option->seen = true;
	if (spec->parse == NULL) {
		*(bool *)destination = true;
		return 0;
	}
	if (spec->parse(optarg, destination, &failure->error) == 0)
		return 0;
	if (shown != NULL && *shown == '\0')
		shown = "''";
	snprintf(failure->subject, sizeof(failure->subject), "%s%s%s", name,
	         shown != NULL ? " " : "", shown != NULL ? shown : "");
	return -1;
}

/*
 * getopt_long(3) moves operands after the options and does not report where "--" was, but leaves
 * the words after it in place. So the "--" is located first, and skipped if it turns out to be an
 * option's argument.
 */
struct separator {
	char **words; /* in their original order */
	int count;
	int index; /* of the "--"; count if there is none */
};

static void separator_next(struct separator *separator, int from)
{
	separator->index = from;
	while (separator->index < separator->count &&
	       strcmp(separator->words[separator->index], "--") != 0)
		separator->index++;
}

static void separator_skip_argument(struct separator *separator, const char *argument)
{
	if (separator->index < separator->count && separator->words[separator->index] == argument)
		separator_next(separator, separator->index + 1);
}

static int words_behind(const struct separator *separator)
{
	return separator->index < separator->count ? separator->count - separator->index - 1 : -1;
}

/* Call getopt_long(3) until all options are read. Returns the first operand's index, or -1. */
static int parse_all(const struct getopt_table *table, int argc, char **argv, char *options,
                     struct separator *separator, struct option_failure *failure)
{
	opterr = 0;
	optind = 0; /* glibc and musl: start over */
	for (;;) {
		int value = getopt_long(argc, argv, table->letters, table->long_options, NULL);
		bool argument_missing = value == ':';
		struct known_option *option;
		char name[64];

		if (value == -1)
			return optind;
		if (value == '?')
			return fail_unknown(table, argv[optind - 1], failure);
		if (argument_missing)
			value = optopt;
		option = getopt_table_find(table, value);
		if (option == NULL || option->spec == NULL)
			return fail(failure, argv[optind - 1], "unknown option");
		option_name(name, sizeof(name), option->spec, value);
		if (argument_missing) {
			fail(failure, name, "");
			return error_set(&failure->error, STATUS_USAGE, "missing argument: %s",
			                 option->spec->argument);
		}
		separator_skip_argument(separator, optarg);
		if (take(option, name, options, failure) < 0)
			return -1;
		/* --help and --version take effect even if the rest of the line is wrong. */
		if (option->spec == &common_option_specs[HELP] ||
		    option->spec == &common_option_specs[VERSION])
			return optind;
	}
}

int options_parse(const struct option_group *groups, size_t group_count, int argc, char **argv,
                  void *destination, int *behind, struct option_failure *failure)
{
	struct separator separator = { .count = argc };
	struct getopt_table table;
	int first;

	failure->subject[0] = '\0';
	failure->unknown = false;
	separator.words = needed_array((size_t)argc + 1, sizeof(*separator.words));
	getopt_table_build(&table, groups, group_count, ":");
	memcpy(separator.words, argv, (size_t)argc * sizeof(*argv));
	separator_next(&separator, 1);
	first = parse_all(&table, argc, argv, destination, &separator, failure);
	*behind = words_behind(&separator);
	getopt_table_free(&table);
	free(separator.words);
	return first;
}
