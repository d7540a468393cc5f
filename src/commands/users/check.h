/*
 * users --check: only the exit status says whether an object is used.
 */
#ifndef SHMTOOL_COMMANDS_USERS_CHECK_H
#define SHMTOOL_COMMANDS_USERS_CHECK_H

#include "cli/command.h"
#include "commands/users/asked.h"
#include "usage/scan.h"

/**
 * Judge the objects by their users. Prints an error for each object about which too little is
 * known.
 *
 * @param list    the users of the objects, sorted
 * @param status  STATUS_FAILED if an object could not be found or the processes not be inspected
 * @return STATUS_DONE if a process uses one of the objects, STATUS_FAILED if none does,
 *         STATUS_UNKNOWN if that is unknown
 */
enum exit_status check_users(const struct command_context *context, const struct asked *asked,
                             const struct users_list *list, enum exit_status status);

#endif
