/*
 * Removal of what filters choose: each object with its own proof, and a row that says what was done
 * and why.
 */
#ifndef SHMTOOL_COMMANDS_RM_REMOVAL_H
#define SHMTOOL_COMMANDS_RM_REMOVAL_H

#include "cli/command.h"
#include "objects/filter.h"
#include "output/report.h"

#include <stdbool.h>

struct removal_request {
	struct object_filter filter;
	bool dry_run;     /* decide, and remove nothing */
	bool interactive; /* ask for each on stderr, and read the answer from stdin */
	bool human;       /* sizes in the summary as size_human() writes them */
};

/**
 * Remove what a filter chooses and a proof allows. What kind, owner, key, name and size choose are
 * the candidates, and each gets a row; the other conditions, and the proof, decide about each.
 *
 * @param context  of the command, for its messages
 * @param report   opened with removal_columns; it is closed
 * @param request  what to remove, and how
 * @return STATUS_DONE, or STATUS_FAILED if an object could not be removed although it should
 */
enum exit_status removal_run(const struct command_context *context, struct report *report,
                             const struct removal_request *request);

/**
 * Ask whether to remove an object, on stderr.
 *
 * @return true if the answer from stdin begins with y or Y
 */
bool removal_ask(const struct command_context *context, const struct shm_object *object);

#endif
