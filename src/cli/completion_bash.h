/*
 * Completion for bash: the layer between bash and cli/completion.h.
 *
 *     shmtool __complete_bash TYPE COLUMNS BREAKS WORD...
 *
 * TYPE is COMP_TYPE of bash(1): the kind of completion attempted. COLUMNS is the width of the
 * terminal, BREAKS is COMP_WORDBREAKS. Each WORD is as typed, with its quotes; the last one ends at
 * the cursor.
 *
 * The first line of the answer is an instruction for bash; an empty answer means no completion:
 *
 *     :words [nospace] [empty]
 *                       each further line is an element of COMPREPLY, ready to be put into the line
 *                       or, for TYPE 63 and several candidates, to be listed with descriptions;
 *                       with nospace a blank is not appended; with empty an empty line is one of
 *                       them, which bash would leave out when it splits the answer
 *     :files            let readline complete a file name
 *     :dirs             let readline complete a directory name
 *     :program N        complete another program's command line, which starts after the Nth "--"
 *
 * The typed part stays unchanged if bash takes it literally; the rest of the word is quoted. The
 * text before the last word break is omitted, as readline expects.
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
