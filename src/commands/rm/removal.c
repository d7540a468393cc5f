#include "commands/rm/removal.h"

#include "commands/rm/columns.h"
#include "commands/rm/contents.h"
#include "commands/rm/freed_memory.h"
#include "commands/shared/leftovers.h"
#include "objects/kind.h"
#include "output/text.h"
#include "output/units.h"
#include "stream/interrupt.h"
#include "system/account.h"
#include "system/beneath.h"
#include "system/place.h"
#include "usage/choose.h"
#include "usage/proof.h"
#include "usage/verdict.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* One removal, from the listing to the summary. */
struct removal {
	const struct command_context *context;
	const struct removal_request *request;
	struct object_filter proven; /* the conditions that must hold at the moment of removal */
	struct object_list list;
	struct removal_row *rows;
	atomic_size_t next; /* the first row that no worker has taken */
	struct segment_memory segments;
	time_t now;
};

/* A worker on the rows: a thread with its own proofs. */
struct worker {
	struct removal *removal;
	struct proof *proof;
};

static void decide(struct removal_row *row, enum removal_action action, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void decide(struct removal_row *row, enum removal_action action, const char *format, ...)
{
	va_list arguments;

	row->action = action;
	free(row->why);
	row->why = NULL;
	if (format == NULL)
		return;
	va_start(arguments, format);
	/* Out of memory, the action is reported without a reason. */
	if (vasprintf(&row->why, format, arguments) < 0)
		row->why = NULL;
	va_end(arguments);
}

/* "3 minutes": in the largest unit that yields at least 1. */
static void write_duration(char *target, size_t size, uint64_t seconds)
{
	static const struct {
		const char *name;
		uint64_t seconds;
	} units[] = { { "day", 86400 }, { "hour", 3600 }, { "minute", 60 }, { "second", 1 } };
	size_t unit = 0;
	uint64_t count;

	while (seconds < units[unit].seconds && units[unit].seconds > 1)
		unit++;
	count = seconds / units[unit].seconds;
	snprintf(target, size, "%" PRIu64 " %s%s", count, units[unit].name, count == 1 ? "" : "s");
}

/* Check the conditions about time. Returns whether one of them keeps the object. */
static bool is_too_young(const struct removal *removal, struct removal_row *row)
{
	const struct object_filter *filter = &removal->request->filter;
	const uint64_t age = row->age;
	const uint64_t idle = object_idle(row->object, removal->now);
	char duration[64];

	if (filter->older_than.given && age < filter->older_than.limit) {
		write_duration(duration, sizeof(duration), age);
		decide(row, ACTION_KEPT, "%s old", duration);
		return true;
	}
	if (filter->idle_for.given && idle < filter->idle_for.limit) {
		write_duration(duration, sizeof(duration), idle);
		decide(row, ACTION_KEPT, "idle for %s", duration);
		return true;
	}
	return false;
}

/* Keep a segment whose creator may still run, and all files: their creators are not recorded. */
static bool is_no_orphan(const struct removal *removal, struct removal_row *row)
{
	const struct object_usage *usage = row->object->usage;

	if (removal->request->filter.uses != USE_BIT(USE_ORPHANED))
		return false;
	if (row->object->kind != KIND_SHM) {
		decide(row, ACTION_KEPT, "only segments record their creator");
		return true;
	}
	if (usage != NULL && usage->use == USE_ORPHANED)
		return false;
	/* The creator is unknown; the object may have become unused since. */
	row->is_used = usage != NULL && usage->use == USE_USED;
	decide(row, ACTION_KEPT, "%s", usage != NULL ? usage->why : "its creator is unknown");
	return true;
}

/*
 * If a process is seen to use a file, no proof is needed; and without a lease, no process that
 * opens the file blocks.
 */
static bool is_seen_in_use(struct removal_row *row)
{
	const struct object_usage *usage = row->object->usage;

	if (usage == NULL || usage->use != USE_USED || row->object->kind == KIND_SHM)
		return false;
	decide(row, ACTION_KEPT, "%s", usage->why);
	return true;
}

/*
 * Read a line from stdin. It is read byte by byte, so that nothing is read ahead and a signal
 * interrupts the wait in the middle of a line. Returns whether the answer is yes.
 */
static bool read_consent(void)
{
	bool is_first = true;
	bool is_consent = false;
	char byte;

	for (;;) {
		ssize_t length;

		if (interrupt_wait_readable(STDIN_FILENO) < 0)
			return false;
		length = read(STDIN_FILENO, &byte, 1);
		if (length < 0 && errno == EINTR)
			continue;
		if (length < 0)
			return false;
		if (length == 0 || byte == '\n')
			return is_consent;
		if (is_first)
			is_consent = byte == 'y' || byte == 'Y';
		is_first = false;
	}
}

bool removal_ask(const struct command_context *context, const struct shm_object *object)
{
	char contents[CONTENTS_SIZE];
	char visible[REF_TEXT_SIZE * 4];
	char ref[REF_TEXT_SIZE];

	object_ref(object, ref);
	text_visible(visible, ref, TEXT_VISIBLE);
	contents_text(object, contents_waiters(object), contents);
	fprintf(stderr, "shmtool: %s: remove %s (%s%sowned by %s)? [y/N] ",
	        context->message.command, visible, contents, contents[0] != '\0' ? ", " : "",
	        account_user(object->uid));
	return read_consent();
}

static void remove_candidate(const struct removal *removal, struct proof *proof,
                             struct removal_row *row)
{
	const bool remove = !removal->request->dry_run;
	struct error why = { .text = "" };
	uint64_t freed;

	if (row->object->known & KNOWN_COVERED) {
		decide(row, ACTION_KEPT, BENEATH_COVERED);
		return;
	}
	if (is_too_young(removal, row) || is_no_orphan(removal, row) || is_seen_in_use(row))
		return;
	/* Do not ask about an object that will be kept anyway. */
	if (remove && removal->request->interactive &&
	    proof_remove(proof, row->object, false, &freed, &why) == PROOF_UNUSED &&
	    !removal_ask(removal->context, row->object)) {
		decide(row, ACTION_KEPT, interrupt_pending() ? "interrupted" : "declined");
		return;
	}
	switch (proof_remove(proof, row->object, remove, &row->freed, &why)) {
	case PROOF_UNUSED:
		decide(row, remove ? ACTION_REMOVED : ACTION_WOULD_REMOVE, NULL);
		break;
	case PROOF_USED:
		row->is_used = true;
		decide(row, ACTION_KEPT, "in use");
		break;
	case PROOF_COMPANION: /* of several only */
	case PROOF_REPLACED:
		decide(row, ACTION_KEPT, "the name now refers to a different object");
		break;
	case PROOF_CHANGED:
		decide(row, ACTION_KEPT, "changed since it was listed");
		break;
	case PROOF_GONE:
		decide(row, ACTION_KEPT, "no longer exists");
		break;
	case PROOF_UNKNOWN:
		decide(row, ACTION_KEPT, "%s", why.text);
		break;
	case PROOF_MARKED:
	case PROOF_FAILED:
		decide(row, ACTION_FAILED, "%s", why.text);
		break;
	}
}

/* Take rows a few at a time until none are left; a batch taken is always finished. */
static void *work(void *argument)
{
	enum { SHARE = 64 };
	struct worker *worker = argument;
	struct removal *removal = worker->removal;
	const size_t share = removal->request->interactive ? 1 : SHARE;
	size_t first;

	while ((first = atomic_fetch_add(&removal->next, share)) < removal->list.count) {
		const bool is_interrupted = interrupt_pending();

		for (size_t i = first; i < first + share && i < removal->list.count; i++) {
			if (is_interrupted)
				decide(&removal->rows[i], ACTION_KEPT, "interrupted");
			else
				remove_candidate(removal, worker->proof, &removal->rows[i]);
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

/*
 * A second thread helps with many rows: most of the time is spent in the kernel, which can do most
 * of it on two processors at once. Several names of one file are not shared: one would seem in use
 * while the other thread examines the other.
 */
static int remove_candidates(struct removal *removal, struct error *error)
{
	enum { MANY = 1024 };
	struct worker own = { .removal = removal, .proof = proof_begin(&removal->proven, error) };
	struct worker other = { .removal = removal };
	bool is_shared = false;
	pthread_t thread;

	if (own.proof == NULL)
		return -1;
	if (removal->list.count >= MANY && !removal->request->interactive &&
	    !has_links(&removal->list) && sysconf(_SC_NPROCESSORS_ONLN) > 1) {
		/* Look up all account names first: their cache is not safe for threads. */
		for (size_t i = 0; i < removal->list.count; i++)
			account_user(removal->list.objects[i].uid);
		other.proof = proof_begin(&removal->proven, error);
	}
	if (other.proof != NULL)
		is_shared = pthread_create(&thread, NULL, work, &other) == 0;
	work(&own);
	if (is_shared)
		pthread_join(thread, NULL);
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

		counts[row->action]++;
		if (row->action != ACTION_REMOVED && row->action != ACTION_WOULD_REMOVE)
			continue;
		if (row->object->kind == KIND_SHM)
			segment_memory_removed(&removal->segments, row->object);
		else
			bytes += row->freed;
	}
	bytes += segment_memory_freed(&removal->segments);
	if (!dry_run && removal->request->human) {
		char size[UNITS_TEXT_SIZE];

		size_human(size, bytes);
		snprintf(freed, sizeof(freed), ", %s freed", size);
	} else if (!dry_run) {
		snprintf(freed, sizeof(freed), ", %" PRIu64 " byte%s freed", bytes,
		         plural_s(bytes));
	}
	if (counts[ACTION_FAILED] > 0)
		snprintf(failed, sizeof(failed), ", %zu failed", counts[ACTION_FAILED]);
	message_note(&removal->context->message, NULL, "%s %zu object%s%s; kept %zu%s",
	             dry_run ? "would remove" : "removed", *removed, *removed == 1 ? "" : "s",
	             freed, counts[ACTION_KEPT], failed);
}

static int print_rows(const struct removal *removal, struct report *report, struct error *error)
{
	struct report_section section = {
		.title = removal->request->dry_run ? "What Would Be Removed" : "Removal",
		.columns = "ref,owner,bytes,age,result",
		.count = removal->list.count,
	};
	int result;

	section.rows = calloc(removal->list.count + 1, sizeof(*section.rows));
	if (section.rows == NULL)
		return error_set(error, STATUS_FAILED, "out of memory");
	for (size_t i = 0; i < section.count; i++)
		section.rows[i] = &removal->rows[i];
	result = report_sections(report, &section, 1, error);
	free(section.rows);
	return result;
}

/*
 * Collect what the decisions need: for segments, whether their creators still run, if a filter asks
 * for it; for files, their visible users, if they may not be removed after all.
 */
static int collect_usage(struct removal *removal, struct error *error)
{
	const struct removal_request *request = removal->request;
	unsigned int kinds = 0;

	if (request->filter.uses == USE_BIT(USE_ORPHANED))
		kinds |= KIND_BIT(KIND_SHM);
	if (request->dry_run || request->interactive)
		kinds |= KINDS_DEVSHM;
	for (size_t i = 0; kinds != 0 && i < removal->list.count; i++) {
		if (kinds & KIND_BIT(removal->list.objects[i].kind))
			return verdict_collect(&removal->list, kinds, error);
	}
	return 0;
}

/* Explain why a lease was refused although no process is seen to use the file. */
static void explain_refusal(struct removal_row *row, const struct object_usage *usage,
                            const struct users_blind *blind)
{
	struct error error;
	struct proof *proof = proof_begin(NULL, &error);
	uint64_t freed;

	if (proof != NULL &&
	    proof_remove(proof, row->object, false, &freed, &error) == PROOF_UNUSED)
		decide(row, ACTION_KEPT, "in use a moment ago");
	else if (blind->outside && blind->near == 0)
		decide(row, ACTION_KEPT,
		       "lease refused, a process outside this pid namespace has it open");
	else if (usage->use == USE_UNKNOWN)
		decide(row, ACTION_KEPT, "lease refused; %s", usage->why);
	else
		decide(
		    row, ACTION_KEPT,
		    "lease refused, although no process is seen to use it: perhaps a loop device "
		    "or a descriptor in flight%s",
		    blind->processes > 0 ? ", or a process that can't be examined" : "");
	if (proof != NULL)
		proof_end(proof);
}

/* Name the users of the objects kept as used: one scan of all processes for all such rows. */
static void explain_use(struct removal *removal)
{
	struct object_list used = { .count = 0 };
	struct error error;
	size_t next = 0;

	for (size_t i = 0; i < removal->list.count; i++) {
		struct shm_object *object;

		if (!removal->rows[i].is_used)
			continue;
		object = object_list_add(&used);
		if (object == NULL)
			break;
		*object = *removal->rows[i].object;
		object->usage = NULL;
	}
	/* Best effort: if it fails, the reason stays "in use". */
	if (used.count == 0 || verdict_collect(&used, KINDS_WITH_USERS, &error) < 0)
		goto done;
	for (size_t i = 0; i < removal->list.count && next < used.count; i++) {
		struct removal_row *row = &removal->rows[i];
		const struct object_usage *usage;

		if (!row->is_used)
			continue;
		usage = used.objects[next++].usage;
		if (usage == NULL)
			continue;
		if (usage->use == USE_USED)
			decide(row, ACTION_KEPT, "%s", usage->why);
		else if (row->object->kind == KIND_SHM)
			decide(row, ACTION_KEPT, "attached a moment ago");
		else
			explain_refusal(row, usage, &used.usages->blind);
	}
done:
	object_list_free(&used);
}

/*
 * Files are candidates only in a directory that holds nothing but shared memory. Returns 0, or -1
 * with error set.
 */
static int drop_misplaced(struct object_list *list, struct error *error)
{
	size_t kept = 0;
	size_t files = 0;

	for (size_t i = 0; i < list->count; i++)
		files += (KIND_BIT(list->objects[i].kind) & KINDS_DEVSHM) != 0;
	if (files == 0 || place_check_removal(error) == 0)
		return 0;
	for (size_t i = 0; i < list->count; i++) {
		if ((KIND_BIT(list->objects[i].kind) & KINDS_DEVSHM) == 0)
			list->objects[kept++] = list->objects[i];
	}
	list->count = kept;
	return -1;
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
	result = choose_list(&filter, needs, &removal->list, error);
	if (drop_misplaced(&removal->list, &one) < 0)
		result = error_join(error, result, &one);
	removal->rows = calloc(removal->list.count + 1, sizeof(*removal->rows));
	if (removal->rows == NULL)
		return error_set(error, STATUS_FAILED, "out of memory");
	for (size_t i = 0; i < removal->list.count; i++)
		removal->rows[i] = (struct removal_row){
			.object = &removal->list.objects[i],
			.age = object_age(&removal->list.objects[i], removal->now),
		};
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

	if (place_check_removal(&error) == 0)
		leftovers_finish(context, !request->interactive, !request->dry_run);
	segment_memory_begin(&removal.segments);
	if (list_candidates(&removal, &error) < 0) {
		message_error(&context->message, NULL, &error);
		status = STATUS_FAILED;
	}
	if (removal.rows == NULL)
		goto done;
	if (collect_usage(&removal, &error) < 0) {
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
	report_close(report);
	/* Print the table before the summary, and before a pending signal can end the program. */
	(void)fflush(stdout);
	if (is_complete)
		summarize(&removal);
	for (size_t i = 0; removal.rows != NULL && i < removal.list.count; i++)
		free(removal.rows[i].why);
	free(removal.rows);
	object_list_free(&removal.list);
	interrupt_release();
	return status;
}
