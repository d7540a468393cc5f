/*
 * The subcommands. A new one is a file here and a line in main.c's table.
 */
#ifndef SHMTOOL_COMMANDS_COMMANDS_H
#define SHMTOOL_COMMANDS_COMMANDS_H

#include "cli/command.h"

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

#endif
