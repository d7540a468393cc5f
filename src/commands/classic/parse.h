/*
 * Commands that speak as util-linux's do: ipcs, ipcrm, ipcmk.
 *
 * Their options come from the same tables as everybody's, but they are taken in the order in
 * which they stand, by getopt_long(3) itself with the messages that it prints; what is wrong with
 * the command line is status 1; and standard output is closed as those tools do it.
 */
#ifndef SHMTOOL_COMMANDS_CLASSIC_PARSE_H
#define SHMTOOL_COMMANDS_CLASSIC_PARSE_H

#include "cli/option.h"
#include "error.h"

struct command;

/**
 * Act on an option, as soon as it is read.
 *
 * @param option    its index in the command's tables, counted over all groups
 * @param argument  NULL if it has none
 * @param state     of classic_parse()
 * @return 0 to go on, or -1 to end the command with STATUS_FAILED: the message was printed
 */
typedef int classic_option_fn(int option, const char *argument, void *state);

/**
 * Parse a classic command's line. --help and --version are answered here.
 *
 * @param command  whose groups end with CLASSIC_OPTION_GROUP; their order is the one in which
 *                 getopt_long(3) lists what an ambiguous name can mean
 * @param argc     of argv
 * @param argv     argv[0] is what getopt_long(3) calls the program; reordered so that the
 *                 operands come last
 * @param take     called for each option
 * @param state    passed on to it
 * @param status   receives the exit status if the command ends here
 * @return the index of the first operand, or -1 if the command ends here
 */
int classic_parse(const struct command *command, int argc, char **argv, classic_option_fn *take,
                  void *state, enum exit_status *status);

/**
 * Print what every usage error ends with: "Try 'ipcs --help' for more information."
 *
 * @return STATUS_FAILED
 */
enum exit_status classic_try_help(const char *name);

/**
 * Close standard output as the classic tools do: what can't be written is an error of status 1. Of
 * what is only written now, a reader that went away and a closed output are none. That an error
 * message could not be printed is one.
 *
 * @param name    of the command, for the message
 * @param status  of the command
 * @return the exit status
 */
enum exit_status classic_close(const char *name, enum exit_status status);

enum { CLASSIC_OPTION_COUNT = 2 };
extern const struct option_spec classic_option_specs[CLASSIC_OPTION_COUNT];

#define CLASSIC_OPTION_GROUP                                                                       \
	{                                                                                          \
		.title = "Everywhere", .options = classic_option_specs,                            \
		.count = CLASSIC_OPTION_COUNT                                                      \
	}

#endif
