/*
 * shmtool families --check: report errors in files of rules.
 */
#ifndef SHMTOOL_COMMANDS_FAMILIES_CHECK_H
#define SHMTOOL_COMMANDS_FAMILIES_CHECK_H

#include "cli/command.h"

/**
 * Check files, or the whole catalogue.
 *
 * @param count  number of files; 0: the catalogue
 * @param files  their paths
 * @return STATUS_FAILED if there are errors
 */
enum exit_status family_check(const struct command_context *context, int count, char **files);

#endif
