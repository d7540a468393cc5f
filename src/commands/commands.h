/*
 * The subcommands. To add one, add a file here and a line to the table in main.c.
 */
#ifndef SHMTOOL_COMMANDS_COMMANDS_H
#define SHMTOOL_COMMANDS_COMMANDS_H

#include "cli/command.h"

#include <stdbool.h>

extern const struct command attach_command;
extern const struct command create_command;
extern const struct command families_command;
extern const struct command guard_command;
extern const struct command ipcmk_command;
extern const struct command ipcrm_command;
extern const struct command ipcs_command;
extern const struct command limits_command;
extern const struct command map_file_command;
extern const struct command metrics_command;
extern const struct command probe_pages_command;
extern const struct command read_command;
extern const struct command recv_command;
extern const struct command rm_command;
extern const struct command send_command;
extern const struct command set_command;
extern const struct command stat_command;
extern const struct command usage_command;
extern const struct command users_command;
extern const struct command watch_command;
extern const struct command write_command;

/**
 * Refuse to run with privileges granted by the program's file: set-user-ID, set-group-ID or file
 * capabilities. Prints the error.
 *
 * @return true if the program must exit
 */
bool commands_refuse_lent_rights(void);

/** Set PR_SET_NO_NEW_PRIVS, prctl(2), for a command that runs no program. */
void commands_gain_nothing(const struct command *command);

#endif
