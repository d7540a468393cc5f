/*
 * One candidate of a removal: the conditions that keep it, its proof, and its row.
 */
#ifndef SHMTOOL_COMMANDS_RM_CANDIDATE_H
#define SHMTOOL_COMMANDS_RM_CANDIDATE_H

#include "cli/command.h"
#include "commands/rm/columns.h"
#include "commands/rm/freed_memory.h"
#include "commands/rm/until_free.h"
#include "commands/shared/refs.h"
#include "error.h"
#include "objects/filter.h"
#include "output/format.h"
#include "usage/idle.h"
#include "usage/proof.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <time.h>

struct removal_request {
	struct object_filter filter;
	const struct ref_list *refs; /* consider only these objects; NULL: all */
	bool abandoned;              /* only abandoned objects, not all unused ones */
	bool ignores_families;       /* the rules of families keep no object */
	bool hides_directories; /* those that are kept get no row, since stat does not list them */
	bool dry_run;           /* decide, but remove nothing */
	bool interactive;       /* ask before each on stderr, read the answer from stdin */
	bool human;             /* print sizes in the summary with size_human() */
	const struct format_options *format; /* of the report */
	struct until_free_option until_free;
};

/** One removal, from the listing to the summary. */
struct removal {
	const struct command_context *context;
	const struct removal_request *request;
	struct object_filter proven; /* the conditions that must hold at the moment of removal */
	enum exit_status status;     /* of finding the objects that operands name */
	struct object_list list;
	struct removal_row *rows;
	const struct families *families; /* NULL: not loaded */
	struct companions companions;
	struct idle idle;   /* for queues and sets, with --abandoned */
	atomic_size_t next; /* the first row that no worker has taken */
	atomic_size_t done; /* rows that have been processed */
	struct segment_memory segments;
	struct until_free room; /* of --until-free */
	time_t now;
};

/**
 * Write the decision about a candidate into its row. The reason is KEPT_OTHER; the caller may change
 * that.
 *
 * @param format  of the reason, as for printf(3); NULL for none
 */
void candidate_decide(struct removal_row *row, enum removal_action action, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/**
 * Check the conditions that keep a candidate before its proof: its age, its creator, a process seen
 * to use it.
 *
 * @return whether it is kept; its row says why
 */
bool candidate_is_kept(const struct removal *removal, struct removal_row *row);

/** Ask whether to remove a candidate. If declined, its row says so. */
bool candidate_is_wanted(const struct removal *removal, struct removal_row *row);

/**
 * Write the result of a proof into the row of a candidate.
 *
 * @param remove  whether the removal was requested, not only the proof
 * @param why     the sentence for the result
 */
void candidate_settle(struct removal_row *row, enum proof_result result, bool remove,
                      const struct error *why);

#endif
