/*
 * Removal by filters: each object needs its own proof and gets a row with the action and the
 * reason.
 */
#ifndef SHMTOOL_COMMANDS_RM_REMOVAL_H
#define SHMTOOL_COMMANDS_RM_REMOVAL_H

#include "cli/command.h"
#include "commands/rm/candidate.h"
#include "output/report.h"

/**
 * Remove the objects that match a filter and are proven unused. All objects that match in kind,
 * owner, key, name and size are candidates and get a row; the other conditions and the proof decide
 * about each of them.
 *
 * @param context  of the command, for its messages
 * @param report   opened with removal_columns; closed here
 * @param request  what to remove, and how
 * @return STATUS_DONE, or STATUS_FAILED if the removal of an object failed
 */
enum exit_status removal_run(const struct command_context *context, struct report *report,
                             const struct removal_request *request);

#endif
