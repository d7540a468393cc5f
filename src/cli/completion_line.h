/*
 * Completion of a whole command line: which command, option or operand its last word belongs to.
 */
#ifndef SHMTOOL_CLI_COMPLETION_LINE_H
#define SHMTOOL_CLI_COMPLETION_LINE_H

#include "cli/command.h"
#include "cli/completion.h"

#include <stddef.h>
#include <stdio.h>

/**
 * Find the argument of an option given before the word.
 *
 * @param name  the option's long name, without the dashes
 * @return the argument, the last one if there are several; NULL if there is none
 */
const char *completion_option(const struct completion *completion, const char *name);

/**
 * Answer "shmtool __complete".
 *
 * @param commands  all commands
 * @param count     of them
 * @param argc      number of words
 * @param words     the last one is completed
 * @param stream    receives the answer, see cli/completion.h
 */
void completion_run(const struct command *const *commands, size_t count, int argc, char **words,
                    FILE *stream);

#endif
