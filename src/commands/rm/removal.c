#include "commands/rm/removal.h"

#include "base/memory.h"
#include "commands/rm/candidate.h"
#include "commands/rm/directories.h"
#include "commands/rm/explain.h"
#include "commands/rm/freed_memory.h"
#include "commands/rm/group.h"
#include "commands/rm/kept.h"
#include "commands/rm/misplaced.h"
#include "commands/rm/rules.h"
#include "commands/shared/leftovers.h"
#include "objects/kind.h"
#include "output/progress.h"
#include "output/stdout.h"
#include "output/units.h"
#include "stream/interrupt.h"
#include "system/account.h"
#include "usage/choose.h"
#include "usage/proof.h"
#include "usage/verdict.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* A worker on the rows: a thread with its own proofs. */
struct worker {
	struct removal *removal;
	struct proof *proof;
	struct progress *progress; /* of all workers together; NULL for all but one of them */
};

/* Prove an undecided candidate unused, and remove it unless it is a dry run. */
static void remove_candidate(const struct removal *removal, struct proof *proof,
                             struct removal_row *row)
{
	const bool remove = !removal->request->dry_run;
	struct error why = { .text = "" };
	uint64_t freed;

	/* Do not ask about an object that will be kept anyway. */
	if (remove && removal->request->interactive &&
	    proof_remove(proof, row->object, false, &freed, &why) == PROOF_UNUSED &&
	    !(candidate_is_wanted(removal, row) && rules_still_permit(removal, row)))
		return;
	candidate_settle(row, proof_remove(proof, row->object, remove, &row->freed, &why), remove,
	                 &why);
}

/* Record what a dry run would have freed with a row, and with its companions. */
static void count_freed(struct removal *removal, const struct removal_row *row)
{
	const struct companion_group *group = row->group;

	if (removal->room.target == 0)
		return;
	for (size_t i = 0; group != NULL && i < group->chosen; i++) {
		if (removal->rows[group->members[i].place].action == ACTION_WOULD_REMOVE)
			removal->room.would_be_freed +=
			    removal->rows[group->members[i].place].freed;
	}
	if (group == NULL && row->action == ACTION_WOULD_REMOVE)
		removal->room.would_be_freed += row->freed;
}

/* Count a row as done. */
static void step(struct worker *worker)
{
	const size_t done = atomic_fetch_add(&worker->removal->done, 1) + 1;

	if (worker->progress != NULL)
		progress_step(worker->progress, done - worker->progress->done);
}

/* Take rows a few at a time until none are left; a batch taken is always finished. */
static void *work(void *argument)
{
	enum { SHARE = 64 };
	struct worker *worker = argument;
	struct removal *removal = worker->removal;
	const bool one_by_one = removal->request->interactive || removal->room.target > 0;
	const size_t share = one_by_one ? 1 : SHARE;
	size_t first;

	while ((first = atomic_fetch_add(&removal->next, share)) < removal->list.count) {
		const bool is_interrupted = interrupt_pending();

		for (size_t i = first; i < first + share && i < removal->list.count; i++) {
			struct removal_row *row = &removal->rows[i];
			const struct companion_group *group = row->group;

			/* Directories are removed last. */
			if ((group != NULL && i != group->members[0].place) ||
			    row->object->kind == KIND_DIR)
				continue;
			if (is_interrupted && !row->is_decided)
				candidate_decide(row, ACTION_KEPT, "interrupted");
			else if (!row->is_decided && until_free_is_enough(&removal->room))
				candidate_decide(row, ACTION_KEPT, "enough is free");
			if (group != NULL)
				group_remove(removal, worker->proof, group);
			else if (!row->is_decided)
				remove_candidate(removal, worker->proof, row);
			count_freed(removal, row);
			step(worker);
		}
	}
	return NULL;
}

static bool has_links(const struct object_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		if (list->objects[i].is_linked)
			return true;
	}
	return false;
}

static struct proof *begin_proof(const struct removal *removal, struct error *error)
{
	struct proof *proof = proof_begin(&removal->proven, error);

	if (proof != NULL && removal->request->abandoned)
		proof_use_idle(proof, &removal->idle);
	return proof;
}

/*
 * A second thread helps with many rows: most of the time is spent in the kernel, which can do most
 * of it on two processors at once. Several names of one file are not shared: one would seem in use
 * while another thread inspects the other.
 */
static int remove_candidates(struct removal *removal, struct error *error)
{
	enum { MANY = 1024 };
	struct worker own = { .removal = removal, .proof = begin_proof(removal, error) };
	struct worker other = { .removal = removal };
	struct progress progress;
	bool is_shared = false;
	pthread_t thread;

	if (own.proof == NULL)
		return -1;
	own.progress = &progress;
	progress_begin(&progress, removal->list.count,
	               !removal->context->message.quiet && !removal->request->interactive);
	progress.unit = "objects";
	if (removal->list.count >= MANY && !removal->request->interactive &&
	    removal->room.target == 0 && !has_links(&removal->list) &&
	    sysconf(_SC_NPROCESSORS_ONLN) > 1) {
		/* Look up all account names first: their cache is not safe for threads. */
		for (size_t i = 0; i < removal->list.count; i++)
			account_user(removal->list.objects[i].uid);
		other.proof = begin_proof(removal, error);
	}
	if (other.proof != NULL)
		is_shared = pthread_create(&thread, NULL, work, &other) == 0;
	work(&own);
	if (is_shared)
		pthread_join(thread, NULL);
	progress_end(&progress);
	if (other.proof != NULL)
		proof_end(other.proof);
	proof_end(own.proof);
	return 0;
}

static void summarize(struct removal *removal)
{
	size_t counts[ACTIONS] = { 0 };
	uint64_t bytes = 0;
	const bool dry_run = removal->request->dry_run;
	const size_t *removed = &counts[dry_run ? ACTION_WOULD_REMOVE : ACTION_REMOVED];
	char failed[64] = "";
	char freed[64] = "";

	for (size_t i = 0; i < removal->list.count; i++) {
		const struct removal_row *row = &removal->rows[i];

		if (row->is_hidden)
			continue;
		counts[row->action]++;
		if (row->action != ACTION_REMOVED && row->action != ACTION_WOULD_REMOVE)
			continue;
		if (row->object->kind == KIND_SHM)
			segment_memory_removed(&removal->segments, row->object);
		else
			bytes += row->freed;
	}
	bytes += segment_memory_freed(&removal->segments);
	if (!dry_run && removal->request->human && bytes > 0) {
		char size[UNITS_TEXT_SIZE];

		size_human(size, bytes);
		snprintf(freed, sizeof(freed), ", %s freed", size);
	} else if (!dry_run) {
		snprintf(freed, sizeof(freed), ", %" PRIu64 " byte%s freed", bytes,
		         plural_s(bytes));
	}
	if (counts[ACTION_FAILED] > 0)
		snprintf(failed, sizeof(failed), ", %zu failed", counts[ACTION_FAILED]);
	message_note(&removal->context->message, NULL, "%s %zu object%s%s; kept %zu%s%s",
	             dry_run ? "would remove" : "removed", *removed, *removed == 1 ? "" : "s",
	             freed, counts[ACTION_KEPT],
	             kept_is_summed_up(removal) ? " (--verbose lists them)" : "", failed);
}

/* Print the rows, and end the report. */
static int print_rows(const struct removal *removal, struct report *report, struct error *error)
{
	const bool sums_up = kept_is_summed_up(removal);
	struct report_section section = {
		.title = removal->request->dry_run ? "What Would Be Removed" : "Removal",
		.columns = "ref,owner,bytes,age,result",
	};
	int result = 0;

	section.rows = needed_array(removal->list.count, sizeof(*section.rows));
	for (size_t i = 0; i < removal->list.count; i++) {
		if (!removal->rows[i].is_hidden &&
		    (!sums_up || removal->rows[i].action != ACTION_KEPT))
			section.rows[section.count++] = &removal->rows[i];
	}
	if (!sums_up || section.count > 0)
		result = report_sections(report, &section, 1, error);
	report_close(report);
	free(section.rows);
	if (!sums_up || result < 0)
		return result;
	if (section.count > 0 && !removal->request->format->no_headings)
		stdout_write("\n", 1);
	return kept_print(removal, error);
}

/*
 * Collect what the decisions need: for segments, whether their creators still run, if a filter asks
 * for it; for files, their visible users, if they may not be removed after all.
 */
static int collect_usage(struct removal *removal, struct error *error)
{
	const struct removal_request *request = removal->request;
	const struct idle_options idle = {
		.idle_for = request->filter.idle_for.limit,
		.with_messages = request->filter.with_messages,
	};
	unsigned int kinds = 0;

	if (request->filter.uses == USE_BIT(USE_ORPHANED))
		kinds |= KIND_BIT(KIND_SHM);
	if (request->dry_run || request->interactive)
		kinds |= KINDS_DEVSHM | (request->abandoned ? KIND_BIT(KIND_PMSG) : 0);
	if (request->abandoned && (request->filter.kinds & KINDS_IDLE) &&
	    idle_begin(&removal->idle, &idle, error) < 0)
		return -1;
	for (size_t i = 0; kinds != 0 && i < removal->list.count; i++) {
		if (kinds & KIND_BIT(removal->list.objects[i].kind))
			return verdict_collect(&removal->list, kinds, NULL, error);
	}
	return 0;
}

/* The objects that operands name; those that do not exist are reported and set the status. */
static int list_named(struct removal *removal, const unsigned int needs[KIND_COUNT],
                      struct error *error)
{
	removal->status = refs_find(removal->context, removal->request->refs, &removal->list);
	return choose_collect(&removal->list, needs, error);
}

/* The candidates: all objects that match except for the time, which becomes a reason to keep. */
static int list_candidates(struct removal *removal, struct error *error)
{
	const unsigned int needs[KIND_COUNT] = {
		[KIND_SHM] = segment_memory_need(),
		[KIND_PMSG] = NEED_MESSAGES,
	};
	struct object_filter filter = removal->request->filter;
	struct error one;
	int result;

	/*
	 * The use is not a filter either: a listing shows what was seen, but a removal needs a
	 * proof.
	 */
	filter.uses = 0;
	filter.takes_covered = true;
	removal->proven = filter;
	filter.older_than.given = false;
	filter.idle_for.given = false;
	if (removal->request->refs != NULL)
		result = list_named(removal, needs, error);
	else
		result = choose_list(&filter, needs, &removal->list, error);
	if (misplaced_drop(&removal->list, &one) < 0)
		result = error_join(error, result, &one);
	if (removal->room.target > 0)
		until_free_sort(&removal->list);
	removal->rows = needed_array(removal->list.count, sizeof(*removal->rows));
	for (size_t i = 0; i < removal->list.count; i++)
		removal->rows[i] = (struct removal_row){
			.object = &removal->list.objects[i],
			.age = object_age(&removal->list.objects[i], removal->now),
		};
	misplaced_keep(removal);
	for (size_t i = 0; removal->request->refs != NULL && i < removal->list.count; i++) {
		if (!filter_match(&filter, removal->rows[i].object, removal->now))
			candidate_decide(&removal->rows[i], ACTION_KEPT,
			                 "the filters do not select it");
	}
	return result;
}

enum exit_status removal_run(const struct command_context *context, struct report *report,
                             const struct removal_request *request)
{
	struct removal removal = {
		.context = context,
		.request = request,
		.now = time(NULL),
	};
	enum exit_status status = STATUS_DONE;
	bool is_complete = false;
	struct error error;

	if (request->until_free.given &&
	    until_free_begin(&removal.room, &request->until_free, &request->filter, &error) < 0) {
		message_error(&context->message, NULL, &error);
		status = STATUS_FAILED;
		goto done;
	}
	leftovers_finish(context, &request->filter, !request->interactive, !request->dry_run);
	segment_memory_begin(&removal.segments);
	if (list_candidates(&removal, &error) < 0) {
		message_error(&context->message, NULL, &error);
		status = STATUS_FAILED;
	}
	if (removal.status != STATUS_DONE)
		status = removal.status;
	if (removal.rows == NULL)
		goto done;
	if (collect_usage(&removal, &error) < 0) {
		message_error(&context->message, NULL, &error);
		status = STATUS_FAILED;
		goto done;
	}
	if (rules_apply(&removal, &error) < 0) {
		message_error(&context->message, NULL, &error);
		status = STATUS_FAILED;
		goto done;
	}
	/* Finish a removal that has begun, because the file has been moved aside. */
	interrupt_hold();
	if (remove_candidates(&removal, &error) < 0) {
		message_error(&context->message, NULL, &error);
		status = STATUS_FAILED;
		goto done;
	}
	directories_remove(&removal);
	explain_use(&removal);
	/* After an interrupt, still print the rows and the summary. */
	if (!interrupt_pending())
		interrupt_release();
	for (size_t i = 0; i < removal.list.count; i++) {
		if (removal.rows[i].action == ACTION_FAILED)
			status = STATUS_FAILED;
	}
	if (print_rows(&removal, report, &error) < 0) {
		message_error(&context->message, NULL, &error);
		status = STATUS_FAILED;
	}
	is_complete = true;
done:
	if (!is_complete)
		report_close(report);
	/* Print the table before the summary, and before a pending signal can end the program. */
	(void)fflush(stdout);
	if (is_complete)
		summarize(&removal);
	if (is_complete && removal.room.target > 0 &&
	    until_free_report(&removal.room, context, request->dry_run, request->human) !=
	        STATUS_DONE)
		status = STATUS_FAILED;
	for (size_t i = 0; removal.rows != NULL && i < removal.list.count; i++)
		free(removal.rows[i].why);
	free(removal.rows);
	rules_free(&removal);
	idle_end(&removal.idle);
	object_list_free(&removal.list);
	interrupt_release();
	return status;
}
