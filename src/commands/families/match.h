/*
 * shmtool families --match: report the rule that matches an object.
 */
#ifndef SHMTOOL_COMMANDS_FAMILIES_MATCH_H
#define SHMTOOL_COMMANDS_FAMILIES_MATCH_H

#include "cli/command.h"
#include "output/format.h"
#include "usage/family.h"

extern const struct column_set family_match_columns;

/**
 * Report the rule of each object.
 *
 * @param count  number of REFs
 * @param words  the REFs
 */
enum exit_status family_match_show(const struct command_context *context,
                                   const struct families *families,
                                   const struct format_options *format, int count, char **words);

#endif
