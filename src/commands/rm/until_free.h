/*
 * rm --until-free: remove objects only until enough of POSIX_DIRECTORY, or of the file system of
 * --dir, is free.
 */
#ifndef SHMTOOL_COMMANDS_RM_UNTIL_FREE_H
#define SHMTOOL_COMMANDS_RM_UNTIL_FREE_H

#include "cli/command.h"
#include "cli/option.h"
#include "error.h"
#include "objects/filter.h"
#include "objects/object.h"

#include <stdbool.h>
#include <stdint.h>

/** The space that must be free: a percentage, or a number of bytes. */
struct until_free_option {
	bool given;
	unsigned int hundredths; /* of a percent; 0: bytes */
	uint64_t bytes;
};

/** Parse "20%" or a size into a struct until_free_option. */
option_parse_fn option_parse_until_free;

/** The room in the directory's file system. */
struct until_free {
	struct until_free_option wanted;
	const char *path; /* of the directory, for messages */
	int directory;    /* descriptor of it; -1: POSIX_DIRECTORY */
	uint64_t target;  /* bytes that must be free; 0: no condition, all candidates are removed */
	uint64_t all;     /* bytes */
	uint64_t is_free; /* bytes, at the last look */
	uint64_t would_be_freed; /* bytes, by the removals of a dry run */
};

/**
 * Look at the file system.
 *
 * @param wanted  what must be free
 * @param filter  its trees are borrowed
 * @return 0, or -1 with error set: it has no size, or not that much; or the trees are in several
 */
int until_free_begin(struct until_free *room, const struct until_free_option *wanted,
                     const struct object_filter *filter, struct error *error);

/** Sort objects so that those that free the most memory come first; of equal ones the oldest. */
void until_free_sort(struct object_list *list);

/** Whether enough is free now, or would be after a dry run's removals. */
bool until_free_is_enough(struct until_free *room);

/**
 * Report how much is free: as a note, or as an error if it is not enough.
 *
 * @param dry_run  it only would be free
 * @param human    print sizes with size_human()
 * @return STATUS_DONE, or STATUS_FAILED if it is not enough
 */
enum exit_status until_free_report(struct until_free *room, const struct command_context *context,
                                   bool dry_run, bool human);

#endif
