#include "cli/help.h"

#include "base/memory.h"
#include "cli/command.h"
#include "output/wrap.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#ifndef SHMTOOL_VERSION
#error "SHMTOOL_VERSION comes from the Makefile"
#endif

/* The optional libraries that this build can load. */
static const char *const libraries[] = {
#ifdef SHMTOOL_WITH_ncursesw
	"ncurses",
#endif
#ifdef SHMTOOL_WITH_libdw
	"libdw",
#endif
	NULL,
};

#ifdef SHMTOOL_STATIC
static const bool is_static = true;
#else
static const bool is_static = false;
#endif

void help_version(void)
{
	printf("shmtool %s", SHMTOOL_VERSION);
	for (size_t i = 0; libraries[i] != NULL; i++)
		printf("%s%s", i == 0 ? " (with " : ", ", libraries[i]);
	printf("%s%s\n", libraries[0] != NULL ? ")" : "", is_static ? " (static)" : "");
}

void help_version_classic(const char *name)
{
	printf("%s from shmtool %s (as util-linux 2.42)\n", name, SHMTOOL_VERSION);
}

/* Text that is printed as a whole. */
struct help {
	FILE *stream;
	char *text;
	size_t length;
};

static void help_begin(struct help *help)
{
	help->stream = needed(open_memstream(&help->text, &help->length));
}

/* Print it, on a terminal in lines that fit. */
static void help_end(struct help *help, bool fits)
{
	needed(fclose(help->stream) == 0 ? help->text : NULL);
	if (fits)
		wrap_print(help->text);
	else
		fputs(help->text, stdout);
	free(help->text);
}

void help_overview(const struct command *const *commands, size_t count)
{
	struct help help;

	help_begin(&help);
	fprintf(help.stream,
	        "Usage: shmtool [COMMAND] [OPTION...] [OPERAND...]\n"
	        "Create, list, inspect, read, write, change and remove shared memory.\n"
	        "\nCommands:\n");
	for (size_t i = 0; i < count; i++)
		fprintf(help.stream, "  %-12s %s\n", commands[i]->name, commands[i]->summary);
	fprintf(help.stream,
	        "\nWithout a command: %s. Run 'shmtool COMMAND --help' for details.\n"
	        "\nA REF names an object:\n"
	        "  123, id:123               System V segment by id\n"
	        "  0x46010004, key:1234      System V segment by key\n"
	        "  ftok:PATH[:PROJ]          System V segment by the key that ftok(3) makes\n"
	        "  /name, posix:name         POSIX object, also as /dev/shm/name\n"
	        "  psem:/name                POSIX named semaphore\n"
	        "  msg:5, msg:0x46010004     System V message queue: stat, rm, set, users\n"
	        "  sem:5, sem:0x46010004     System V semaphore set: stat, rm, set, users\n"
	        "  pmsg:/name                POSIX message queue: stat, rm, set, users\n"
	        "  file:PATH, ./PATH         file: read, write, attach, probe-pages\n"
	        "  pid:PID:fd:N              file behind a descriptor of a process\n"
	        "  pid:PID:map:ADDRESS       file behind a shared mapping of a process\n"
	        "\nOptions:\n"
	        "  -h, --help      show this help (also: shmtool help)\n"
	        "  -V, --version   show the version\n",
	        "shmtool stat");
	help_end(&help, true);
}

/* "-s, --size SIZE", "    --hugetlb[=SIZE]" */
static int option_text(char *text, size_t size, const struct option_spec *option)
{
	const char *argument = option->argument != NULL ? option->argument : "";
	const char *format = "%s--%s%s%s";
	char letter[] = "    ";

	if (option->letter != '\0') {
		letter[0] = '-';
		letter[1] = option->letter;
		letter[2] = ',';
	}
	if (option->flags & OPTION_ARGUMENT_OPTIONAL)
		format = "%s--%s[%s%s]";
	return snprintf(text, size, format, letter, option->name,
	                option->argument == NULL                   ? ""
	                : option->flags & OPTION_ARGUMENT_OPTIONAL ? "="
	                                                           : " ",
	                argument);
}

void help_command(const struct command *command)
{
	char text[128];
	struct help help;
	int widest = 0;

	help_begin(&help);
	fprintf(help.stream, "Usage: %s%s [OPTION...]%s%s\n",
	        command->run_classic != NULL ? "" : "shmtool ", command->name,
	        command->operands[0] != '\0' ? " " : "", command->operands);
	fprintf(help.stream, "%s.\n", command->summary);
	if (command->alias != NULL)
		fprintf(help.stream, "Also called: shmtool %s\n", command->alias);
	for (size_t g = 0; g < command->group_count; g++) {
		for (size_t o = 0; o < command->groups[g].count; o++) {
			int width = option_text(text, sizeof(text), &command->groups[g].options[o]);

			if (width > widest)
				widest = width;
		}
	}
	for (size_t g = 0; g < command->group_count; g++) {
		const struct option_group *group = &command->groups[g];

		if (group->title != NULL)
			fprintf(help.stream, "\n%s:\n", group->title);
		for (size_t o = 0; o < group->count; o++) {
			option_text(text, sizeof(text), &group->options[o]);
			fprintf(help.stream, "  %-*s  %s\n", widest, text, group->options[o].help);
		}
	}
	fprintf(help.stream, "\nMore in shmtool-%s(1).\n", command->name);
	/* Classic commands print the same everywhere. */
	help_end(&help, command->run_classic == NULL);
}
