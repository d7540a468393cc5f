#include "commands/rm/candidate.h"

#include "base/duration.h"
#include "commands/rm/ask.h"
#include "output/units.h"
#include "stream/interrupt.h"
#include "system/beneath.h"
#include "usage/abandoned.h"
#include "usage/verdict.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void candidate_decide(struct removal_row *row, enum removal_action action, const char *format, ...)
{
	va_list arguments;

	row->action = action;
	row->is_decided = true;
	row->kept_as = KEPT_OTHER;
	row->kept_family = NULL;
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

/* An age in a sentence: "3 minutes"; on a terminal, as in the table, "3m". */
static void age_text(const struct removal *removal, uint64_t seconds, char text[UNITS_TEXT_SIZE])
{
	const struct format_options *format = removal->request->format;

	if (format->for_terminal && !format->bytes)
		duration_human(text, seconds);
	else
		duration_words(text, seconds);
}

/* Check the conditions about time. Returns whether one of them keeps the object. */
static bool is_too_young(const struct removal *removal, struct removal_row *row)
{
	const struct object_filter *filter = &removal->request->filter;
	const uint64_t age = row->age;
	const uint64_t idle = object_idle(row->object, removal->now);
	char duration[UNITS_TEXT_SIZE];

	if (filter->older_than.given && age < filter->older_than.limit) {
		char least[UNITS_TEXT_SIZE];

		age_text(removal, age, duration);
		age_text(removal, ABANDONED_AGE, least);
		/* The age that --abandoned implies is not on the command line. */
		if (filter->uses == USE_BIT(USE_ABANDONED) &&
		    filter->older_than.limit == ABANDONED_AGE)
			candidate_decide(row, ACTION_KEPT, "%s old, less than %s", duration, least);
		else
			candidate_decide(row, ACTION_KEPT, "%s old", duration);
		row->kept_as = KEPT_YOUNG;
		return true;
	}
	if (filter->idle_for.given && idle < filter->idle_for.limit) {
		age_text(removal, idle, duration);
		candidate_decide(row, ACTION_KEPT, "idle for %s", duration);
		row->kept_as = KEPT_RECENT;
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
		candidate_decide(row, ACTION_KEPT, "only segments record their creator");
		return true;
	}
	if (usage != NULL && usage->use == USE_ORPHANED)
		return false;
	/* The creator is unknown; the object may have become unused since. */
	row->is_used = usage != NULL && usage->use == USE_USED;
	candidate_decide(row, ACTION_KEPT, "%s",
	                 usage != NULL ? usage->why : "its creator is unknown");
	row->kept_as = row->is_used ? KEPT_USED : KEPT_MAKER;
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
	candidate_decide(row, ACTION_KEPT, "%s", usage->why);
	row->kept_as = KEPT_USED;
	return true;
}

bool candidate_is_kept(const struct removal *removal, struct removal_row *row)
{
	if (row->object->known & KNOWN_COVERED) {
		candidate_decide(row, ACTION_KEPT, BENEATH_COVERED);
		return true;
	}
	return is_too_young(removal, row) || is_no_orphan(removal, row) || is_seen_in_use(row);
}

bool candidate_is_wanted(const struct removal *removal, struct removal_row *row)
{
	struct error error;
	const int answer = ask_removal(removal->context, row->object, &error);

	if (answer > 0)
		return true;
	if (answer < 0)
		candidate_decide(row, ACTION_FAILED, "%s", error.text);
	else
		candidate_decide(row, ACTION_KEPT,
		                 interrupt_pending() ? "interrupted" : "declined");
	return false;
}

void candidate_settle(struct removal_row *row, enum proof_result result, bool remove,
                      const struct error *why)
{
	switch (result) {
	case PROOF_UNUSED:
		candidate_decide(row, remove ? ACTION_REMOVED : ACTION_WOULD_REMOVE, NULL);
		break;
	case PROOF_USED:
		row->is_used = true;
		candidate_decide(row, ACTION_KEPT, "%s", proof_word(result));
		row->kept_as = KEPT_USED;
		break;
	case PROOF_COMPANION:
	case PROOF_REPLACED:
	case PROOF_CHANGED:
	case PROOF_GONE:
		candidate_decide(row, ACTION_KEPT, "%s", proof_word(result));
		break;
	case PROOF_UNKNOWN:
		row->is_unproven = object_tree(row->object) != NULL;
		candidate_decide(row, ACTION_KEPT, "%s", why->text);
		break;
	case PROOF_MARKED:
	case PROOF_FAILED:
		candidate_decide(row, ACTION_FAILED, "%s", why->text);
		break;
	}
}
