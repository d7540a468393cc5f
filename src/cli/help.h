/*
 * --help and --version, from the tables.
 */
#ifndef SHMTOOL_CLI_HELP_H
#define SHMTOOL_CLI_HELP_H

#include <stddef.h>

struct command;

/** Print what the tool is and which commands it has. */
void help_overview(const struct command *const *commands, size_t count);

/** Print how a command is used and what its options mean. */
void help_command(const struct command *command);

/** Print the tool's name and version. */
void help_version(void);

/** Print the version of a command that speaks as util-linux's does. */
void help_version_classic(const char *name);

#endif
