/*
 * The semaphores of System V semaphore sets, as rows.
 */
#ifndef SHMTOOL_COMMANDS_COMMON_SET_MEMBERS_H
#define SHMTOOL_COMMANDS_COMMON_SET_MEMBERS_H

#include "cli/command.h"
#include "ipc/object.h"
#include "output/column.h"
#include "output/report.h"

#include <stdbool.h>

/** All columns of a semaphore; rows are internal to set_members_print(). */
extern const struct column_set set_member_columns;

/**
 * Print a row for each semaphore of the sets in a list; other kinds are passed over. Sets that
 * can't be read are told on stderr.
 *
 * @param report  opened with set_member_columns
 * @param asked   the semaphores are what was asked for: not to be able to read them is a failure
 * @return STATUS_DONE, or STATUS_FAILED
 */
enum exit_status set_members_print(const struct command_context *context, struct report *report,
                                   const struct object_list *list, bool asked);

#endif
