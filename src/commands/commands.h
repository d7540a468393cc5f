/*
 * The subcommands. A new one is a file here and a line in main.c's table.
 */
#ifndef SHMTOOL_COMMANDS_COMMANDS_H
#define SHMTOOL_COMMANDS_COMMANDS_H

#include "cli/command.h"

#include <stdbool.h>

extern const struct command attach_command;
extern const struct command create_command;
extern const struct command guard_command;
extern const struct command ipcmk_command;
extern const struct command ipcrm_command;
extern const struct command ipcs_command;
extern const struct command limits_command;
extern const struct command map_file_command;
extern const struct command probe_pages_command;
extern const struct command read_command;
extern const struct command rm_command;
extern const struct command set_command;
extern const struct command stat_command;
extern const struct command users_command;
extern const struct command write_command;

/**
 * Refuse to run with rights that the program's file lends: set-user-ID, set-group-ID or file
 * capabilities. The error is printed.
 *
 * @return whether the program must end
 */
bool commands_refuse_lent_rights(void);

/**
 * Give up the right to gain others by execve(2), PR_SET_NO_NEW_PRIVS of prctl(2), for a command that
 * runs no program.
 */
void commands_gain_nothing(const struct command *command);

#endif
