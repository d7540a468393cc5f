/*
 * The semaphores of System V semaphore sets, as rows.
 */
#ifndef SHMTOOL_COMMANDS_SHARED_SET_MEMBERS_H
#define SHMTOOL_COMMANDS_SHARED_SET_MEMBERS_H

#include "cli/command.h"
#include "objects/object.h"
#include "output/column.h"
#include "output/report.h"

/** All columns of a semaphore. Rows are internal to set_members_print(). */
extern const struct column_set set_member_columns;

/** Why the semaphores are printed: decides whether an unreadable set is a failure. */
enum members_purpose {
	MEMBERS_BESIDE_DETAILS, /* not requested: print a note */
	MEMBERS_OF_REFS,        /* requested by REF: a failure */
	MEMBERS_OF_LIST,        /* requested by filters: a failure unless the set is gone */
};

/**
 * Print a row for each semaphore of the sets in a list. Other kinds are skipped; sets that can't be
 * read are reported on stderr.
 *
 * @param report   opened with set_member_columns
 * @return STATUS_DONE, or STATUS_FAILED
 */
enum exit_status set_members_print(const struct command_context *context, struct report *report,
                                   const struct object_list *list, enum members_purpose purpose);

#endif
