/*
 * --help and --version, generated from the tables.
 */
#ifndef SHMTOOL_CLI_HELP_H
#define SHMTOOL_CLI_HELP_H

#include <stddef.h>

struct command;

/** Print the program's purpose and its commands. */
void help_overview(const struct command *const *commands, size_t count);

/** Print the usage of a command and its options. */
void help_command(const struct command *command);

/** Print the program's name and version. */
void help_version(void);

/** Print the version of a command that behaves as util-linux's. */
void help_version_classic(const char *name);

#endif
