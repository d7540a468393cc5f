/*
 * shmtool: shared memory at the shell.
 *
 * Where things are:
 *
 *	cli/       the command line: commands and options as tables, help, completion
 *	commands/  one file a subcommand; commands/common/ is what several of them share
 *	ipc/       what the kernel holds: segments, POSIX objects, limits; never prints
 *	data/      bytes in and out; never prints
 *	output/    the formatting module, units, messages; knows nothing of shared memory
 *	error.h    a failure as a sentence, carried up to where it is printed
 */
#include "cli/command.h"
#include "cli/completion_line.h"
#include "cli/help.h"
#include "cli/run.h"
#include "commands/classic/parse.h"
#include "commands/commands.h"
#include "output/stdout.h"
#include "output/suggest.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct command *const commands[] = {
	&create_command,   &attach_command,      &write_command, &read_command,  &stat_command,
	&rm_command,       &set_command,         &users_command, &guard_command, &limits_command,
	&map_file_command, &probe_pages_command, &ipcs_command,  &ipcrm_command, &ipcmk_command,
};
enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

/*
 * With a standard descriptor closed, the next file that is opened would take its number, and
 * what is printed would go into that file. /dev/null takes the place, opened the wrong way round
 * so that its use is still an error.
 */
static void occupy_standard_descriptors(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		int opened = fd;

		/* Lower numbers are taken by now, so this one is the lowest that is free. */
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
			opened = open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
		if (opened != fd)
			_exit(STATUS_FAILED);
	}
}

/*
 * A pipe or terminal that does not wait, O_NONBLOCK, as another program may leave it, would make
 * an error of every reader that is slow. The flag belongs to all who share the descriptor, so it is
 * not touched: standard output becomes a descriptor of our own. A socket stays as it is.
 */
static void make_stdout_wait(void)
{
	int flags = fcntl(STDOUT_FILENO, F_GETFL);
	struct stat st;
	int own;

	if (flags < 0 || !(flags & O_NONBLOCK) || fstat(STDOUT_FILENO, &st) < 0 ||
	    (!S_ISFIFO(st.st_mode) && !S_ISCHR(st.st_mode)))
		return;
	own = open("/proc/self/fd/1", O_WRONLY | O_NOCTTY | O_NONBLOCK | (flags & O_APPEND));
	if (own < 0)
		return;
	if (fcntl(own, F_SETFL, flags & O_APPEND) == 0)
		(void)dup2(own, STDOUT_FILENO);
	close(own);
}

static enum exit_status unknown_command(const char *word)
{
	const struct message_context context = { .command = NULL };
	struct suggestion suggestion;
	struct error error;

	suggest_begin(&suggestion, word);
	for (size_t i = 0; i < COMMANDS; i++)
		suggest_consider(&suggestion, commands[i]->name);
	if (suggestion.nearest != NULL)
		error_set(&error, STATUS_USAGE, "unknown command, did you mean %s?",
		          suggestion.nearest);
	else
		error_set(
		    &error, STATUS_USAGE,
		    "unknown command ('shmtool --help' lists them, 'shmtool stat REF' shows an object)");
	message_error(&context, word, &error);
	return STATUS_USAGE;
}

/* What is to be run. */
struct call {
	const struct command *command; /* NULL: all is done, with this status */
	int argc;
	char **argv;
	enum exit_status status;
};

/* "help", "help COMMAND": the command is run with --help. */
static struct call choose_help(int argc, char **argv)
{
	static char option[] = "--help";
	static char *words[3];
	struct call call = { .argc = 2, .argv = words, .status = STATUS_DONE };

	if (argc == 2) {
		help_overview(commands, COMMANDS);
		return call;
	}
	call.command = command_find(commands, COMMANDS, argv[2]);
	if (call.command == NULL)
		call.status = unknown_command(argv[2]);
	words[0] = argv[2];
	words[1] = option;
	return call;
}

static struct call choose(int argc, char **argv)
{
	struct call call = { .argc = argc, .argv = argv, .status = STATUS_DONE };

	if (argc > 0)
		call.command = command_find_personality(commands, COMMANDS, argv[0]);
	if (call.command != NULL)
		return call;
	if (argc <= 1) {
		call.command = &stat_command;
	} else if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		help_overview(commands, COMMANDS);
	} else if (strcmp(argv[1], "help") == 0) {
		call = choose_help(argc, argv);
	} else if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
		help_version();
	} else if (argv[1][0] == '-') {
		call.command = &stat_command;
	} else if (strcmp(argv[1], "__complete") == 0) {
		completion_run(commands, COMMANDS, argc - 2, argv + 2);
	} else {
		call.command = command_find(commands, COMMANDS, argv[1]);
		call.argc = argc - 1;
		call.argv = argv + 1;
		if (call.command == NULL)
			call.status = unknown_command(argv[1]);
	}
	return call;
}

/*
 * What was printed counts as done only when it has arrived. A reader that has gone away is none
 * of our business and ends us quietly.
 */
static enum exit_status close_stdout(enum exit_status status)
{
	const struct message_context context = { .command = NULL };
	struct error error;

	if (stdout_flush() == 0 && close(STDOUT_FILENO) == 0)
		return status;
	if (errno != EPIPE && !stdout_error_was_told()) {
		error_set_errno(&error, errno, "can't be written");
		message_error(&context, "standard output", &error);
	}
	return status == STATUS_DONE ? STATUS_FAILED : status;
}

int main(int argc, char **argv)
{
	struct call call;

	occupy_standard_descriptors();
	if (commands_refuse_lent_rights())
		return STATUS_FAILED;
	make_stdout_wait();
	/* A file that may not grow is an error with a sentence, EFBIG, not the end. */
	signal(SIGXFSZ, SIG_IGN);
	setlocale(LC_CTYPE, "");
	call = choose(argc, argv);
	if (call.command != NULL) {
		commands_gain_nothing(call.command);
		call.status = command_run(call.command, call.argc, call.argv);
	}
	if (call.command != NULL && call.command->run_classic != NULL)
		return (int)classic_close(call.command->name, call.status);
	return (int)close_stdout(call.status);
}
