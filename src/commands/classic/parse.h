/*
 * Command lines and messages as in util-linux, for ipcs, ipcrm and ipcmk.
 *
 * The options come from the same tables as those of other commands, but getopt_long(3) parses them,
 * in order and with its own messages. A usage error is status 1, and standard output is closed as
 * util-linux does.
 */
#ifndef SHMTOOL_COMMANDS_CLASSIC_PARSE_H
#define SHMTOOL_COMMANDS_CLASSIC_PARSE_H

#include "cli/option.h"
#include "error.h"

struct command;

/**
 * Act on an option, as soon as it is read.
 *
 * @param option    its index in the command's tables, over all groups
 * @param argument  NULL if it has none
 * @param state     of classic_parse()
 * @return 0 to continue, or -1 after printing an error: the command ends with STATUS_FAILED
 */
typedef int classic_option_fn(int option, const char *argument, void *state);

/**
 * Parse the command line of a classic command. Handles --help and --version.
 *
 * @param command  its groups end with CLASSIC_OPTION_GROUP; getopt_long(3) lists the candidates for
 *                 an ambiguous name in their order
 * @param argc     number of arguments
 * @param argv     argv[0] is the name in messages of getopt_long(3); reordered so that the operands
 *                 come last
 * @param take     called for each option
 * @param state    passed on to it
 * @param status   receives the exit status if the command ends
 * @return the index of the first operand, or -1 if the command ends
 */
int classic_parse(const struct command *command, int argc, char **argv, classic_option_fn *take,
                  void *state, enum exit_status *status);

/**
 * Print the last line of a usage error: "Try 'ipcs --help' for more information."
 *
 * @return STATUS_FAILED
 */
enum exit_status classic_try_help(const char *name);

/**
 * Close standard output as util-linux does: a failed write is an error, status 1. For data flushed
 * only now, EPIPE and a closed descriptor are not errors. An error message that could not be
 * printed is an error.
 *
 * @param name    the name of the command, for the message
 * @param status  the status of the command
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
