/*
 * Removal by filters: each object needs its own proof and gets a row with the action and the
 * reason.
 */
#ifndef SHMTOOL_COMMANDS_RM_REMOVAL_H
#define SHMTOOL_COMMANDS_RM_REMOVAL_H

#include "cli/command.h"
#include "objects/filter.h"
#include "output/report.h"

#include <stdbool.h>

struct removal_request {
	struct object_filter filter;
	bool dry_run;     /* decide, but remove nothing */
	bool interactive; /* ask before each on stderr, read the answer from stdin */
	bool human;       /* print sizes in the summary with size_human() */
};

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

/**
 * Ask whether to remove an object, on stderr.
 *
 * @return true if the answer from stdin begins with y or Y
 */
bool removal_ask(const struct command_context *context, const struct shm_object *object);

#endif
