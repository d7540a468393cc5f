#include "commands/rm/rules.h"

#include "system/beneath.h"
#include "usage/family_catalogue.h"
#include "usage/fate.h"

#include <stdbool.h>

/* Whether the user named the family of an object, which overrides its rules. */
static bool is_named(const struct removal *removal, const struct family_match *match)
{
	return removal->request->filter.family.has_wanted && match->family != NULL;
}

/* Decide about a candidate by the rules of its family. */
static void apply(const struct removal *removal, struct fate_judge *judge, struct removal_row *row,
                  const struct family_match *match)
{
	const bool named = is_named(removal, match);
	char why[FATE_WHY_SIZE];

	if (removal->request->abandoned ? fate_is_abandoned(judge, row->object, match, named, why)
	                                : named || !fate_keeps(judge, row->object, match, why))
		return;
	/* The rule applies even if it is detached before the proof, but its use is the better reason. */
	row->is_used = row->object->kind == KIND_SHM && row->object->attaches > 0;
	candidate_decide(row, ACTION_KEPT, "%s", row->is_used ? "in use" : why);
	if (row->is_used) {
		row->kept_as = KEPT_USED;
	} else if (match->family != NULL) {
		row->kept_as = KEPT_FAMILY;
		row->kept_family = match->family->name;
	} else if (row->object->kind == KIND_SHM) {
		row->kept_as = KEPT_MAKER;
	}
}

/* An empty directory is not proven unused or abandoned; but a rule may keep it. */
static void keep_directory(const struct removal *removal, struct fate_judge *judge,
                           struct removal_row *row, const struct family_match *match)
{
	char why[FATE_WHY_SIZE];

	row->is_stray = removal->request->abandoned && match->family == NULL;
	if (row->object->known & KNOWN_COVERED)
		candidate_decide(row, ACTION_KEPT, BENEATH_COVERED);
	else if (!row->is_decided && !is_named(removal, match) &&
	         fate_keeps(judge, row->object, match, why))
		candidate_decide(row, ACTION_KEPT, "%s", why);
}

int rules_apply(struct removal *removal, struct error *error)
{
	const struct removal_request *request = removal->request;
	struct fate_judge judge;

	if (removal->list.count > 0 && !request->ignores_families) {
		removal->families = families_shared(error);
		if (removal->families == NULL)
			return -1;
	}
	fate_begin(&judge, removal->families);
	for (size_t i = 0; i < removal->list.count; i++) {
		struct removal_row *row = &removal->rows[i];
		struct family_match match;

		(void)family_match(removal->families, row->object, &match);
		if (row->object->kind == KIND_DIR) {
			keep_directory(removal, &judge, row, &match);
			continue;
		}
		if (!row->is_decided && !candidate_is_kept(removal, row))
			apply(removal, &judge, row, &match);
		if (request->abandoned || !is_named(removal, &match))
			companions_add(&removal->companions, i, row->object, &match);
	}
	fate_end(&judge);
	if (companions_find(&removal->companions, removal->families, error) < 0)
		return -1;
	for (size_t i = 0; i < removal->companions.count; i++) {
		const struct companion_group *group = &removal->companions.groups[i];

		for (size_t j = 0; group->count > 1 && j < group->chosen; j++)
			removal->rows[group->members[j].place].group = group;
	}
	return 0;
}

bool rules_still_permit(const struct removal *removal, struct removal_row *row)
{
	struct fate_judge judge;
	struct family_match match;

	fate_begin(&judge, removal->families);
	(void)family_match(removal->families, row->object, &match);
	apply(removal, &judge, row, &match);
	fate_end(&judge);
	return !row->is_decided;
}

void rules_free(struct removal *removal)
{
	companions_free(&removal->companions);
}
