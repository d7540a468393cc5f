/*
 * Parsers for the options that set an object's mode, owner and group.
 */
#ifndef SHMTOOL_COMMANDS_SHARED_CHANGE_OPTIONS_H
#define SHMTOOL_COMMANDS_SHARED_CHANGE_OPTIONS_H

#include "cli/option.h"

option_parse_fn option_parse_mode;  /* const char *, checked by mode_check() */
option_parse_fn option_parse_owner; /* struct owner, "USER[:GROUP]" */
option_parse_fn option_parse_group; /* struct owner, "GROUP" */

#endif
