/*
 * Completion for bash: what stands between it and cli/completion.h.
 *
 *     shmtool __complete_bash TYPE COLUMNS BREAKS WORD...
 *
 * TYPE is COMP_TYPE of bash(1): what key was pressed. COLUMNS is the width of the terminal, BREAKS
 * is COMP_WORDBREAKS. Each WORD is typed: with its quotes, and the last one up to the cursor.
 *
 * The first line of the answer says what bash shall do; without an answer there is nothing:
 *
 *     :words [nospace] [empty]
 *                       each further line is an element of COMPREPLY, ready to be put into the line
 *                       or, for TYPE 63 and several candidates, to be listed with descriptions;
 *                       with nospace a blank is not appended; with empty an empty line is one of
 *                       them, which bash would leave out when it splits the answer
 *     :files            let readline complete the name of a file
 *     :dirs             the same for a directory
 *     :program N        complete another program's command line, which begins after the Nth "--"
 *
 * The typed part stays as it is, if bash takes it literally; the rest of the word is quoted, and
 * what stands before the last word break is left out, as readline expects.
 */
#ifndef SHMTOOL_CLI_COMPLETION_BASH_H
#define SHMTOOL_CLI_COMPLETION_BASH_H

#include "cli/command.h"

#include <stddef.h>

/**
 * Answer "shmtool __complete_bash" on standard output.
 *
 * @param commands   all commands
 * @param count      of them
 * @param argc       of arguments
 * @param arguments  TYPE COLUMNS BREAKS WORD...
 */
void completion_bash(const struct command *const *commands, size_t count, int argc,
                     char **arguments);

#endif
