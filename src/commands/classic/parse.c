#include "commands/classic/parse.h"

#include "cli/command.h"
#include "cli/help.h"
#include "output/message.h"
#include "output/stdout.h"

#include <errno.h>
#include <getopt.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { VERSION, HELP };

const struct option_spec classic_option_specs[CLASSIC_OPTION_COUNT] = {
	[VERSION] = { "version", 'V', NULL, "show the version", NULL, NULL, 0, 0 },
	[HELP] = { "help", 'h', NULL, "show this help", NULL, NULL, 0, 0 },
};

/* The loop over getopt_long(3); returns the first operand's index or -1. */
static int parse_all(const struct getopt_table *table, const struct command *command, int argc,
                     char **argv, classic_option_fn *take, void *state, enum exit_status *status)
{
	opterr = 1;
	optind = 0; /* reset: glibc and musl */
	for (;;) {
		int value = getopt_long(argc, argv, table->letters, table->long_options, NULL);
		const struct known_option *option;

		if (value == -1)
			return optind;
		option = getopt_table_find(table, value);
		if (value == '?' || option == NULL) {
			*status = classic_try_help(command->name);
			return -1;
		}
		*status = STATUS_DONE;
		if (option->spec == &classic_option_specs[HELP]) {
			help_command(command);
			return -1;
		}
		if (option->spec == &classic_option_specs[VERSION]) {
			help_version_classic(command->name);
			return -1;
		}
		if (take((int)(option - table->known), optarg, state) < 0) {
			*status = STATUS_FAILED;
			return -1;
		}
	}
}

int classic_parse(const struct command *command, int argc, char **argv, classic_option_fn *take,
                  void *state, enum exit_status *status)
{
	struct getopt_table table;
	int first;

	/* util-linux reads sizes with the decimal point of the locale. */
	setlocale(LC_NUMERIC, "");
	getopt_table_build(&table, command->groups, command->group_count, "");
	first = parse_all(&table, command, argc, argv, take, state, status);
	getopt_table_free(&table);
	return first;
}

enum exit_status classic_try_help(const char *name)
{
	fprintf(stderr, "Try '%s --help' for more information.\n", name);
	return STATUS_FAILED;
}

enum exit_status classic_close(const char *name, enum exit_status status)
{
	/* For an earlier failure, util-linux prints no cause. */
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
