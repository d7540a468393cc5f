/*
 * Running a subcommand: parse its command line, then run it or show its help.
 */
#ifndef SHMTOOL_CLI_RUN_H
#define SHMTOOL_CLI_RUN_H

#include "cli/command.h"

/**
 * Parse a command's line, then run the command or show its help.
 *
 * @param argc  of argv
 * @param argv  argv[0] is the command's name
 * @return the exit status
 */
enum exit_status command_run(const struct command *command, int argc, char **argv);

#endif
