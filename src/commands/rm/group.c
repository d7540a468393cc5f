#include "commands/rm/group.h"

#include "commands/rm/rules.h"
#include "objects/kind.h"
#include "output/text.h"
#include "usage/verdict.h"

#include <stdbool.h>
#include <stdlib.h>

/* Keep all undecided candidates of a group because of one object. */
static void keep_for(const struct removal *removal, const struct companion_group *group,
                     const struct shm_object *object, const char *reason)
{
	char visible[REF_TEXT_SIZE * 4];
	char ref[REF_TEXT_SIZE];

	object_ref(object, ref);
	text_visible(visible, ref, TEXT_VISIBLE);
	for (size_t i = 0; i < group->chosen; i++) {
		struct removal_row *row = &removal->rows[group->members[i].place];

		if (row->is_decided)
			continue;
		candidate_decide(row, ACTION_KEPT, "%s of the same instance %s (family %s)",
		                 visible, reason, group->family->name);
		row->kept_as = KEPT_COMPANION;
		row->kept_family = group->family->name;
	}
}

/* Keep all if one is already kept, by its age or by a rule. */
static bool is_kept(const struct removal *removal, const struct companion_group *group)
{
	for (size_t i = 0; i < group->chosen; i++) {
		const struct removal_row *row = &removal->rows[group->members[i].place];

		if (row->is_decided) {
			const struct object_usage *usage = row->object->usage;

			const bool is_used =
			    row->is_used || (usage != NULL && usage->use == USE_USED);

			keep_for(removal, group, row->object, is_used ? "is in use" : "is kept");
			return true;
		}
	}
	return false;
}

/* Ask about each. Returns whether all may be removed. */
static bool are_wanted(const struct removal *removal, const struct companion_group *group)
{
	for (size_t i = 0; i < group->chosen; i++) {
		struct removal_row *row = &removal->rows[group->members[i].place];

		if (!candidate_is_wanted(removal, row) || !rules_still_permit(removal, row)) {
			keep_for(removal, group, row->object, "is kept");
			return false;
		}
	}
	return true;
}

/* The member that keeps the others; NULL if none does. */
static const struct proof_member *find_culprit(const struct proof_member *members, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (members[i].result != PROOF_UNUSED && members[i].result != PROOF_COMPANION)
			return &members[i];
	}
	return NULL;
}

/* Write the results of a proof into the rows. */
static void settle(const struct removal *removal, const struct companion_group *group,
                   const struct proof_member *members, bool remove)
{
	const struct proof_member *culprit = find_culprit(members, group->count);

	for (size_t i = 0; i < group->chosen; i++) {
		struct removal_row *row = &removal->rows[group->members[i].place];

		row->freed = members[i].freed;
		if (members[i].result != PROOF_COMPANION)
			candidate_settle(row, members[i].result, remove, &members[i].why);
	}
	if (culprit != NULL)
		keep_for(removal, group, culprit->object,
		         culprit->result == PROOF_USED ? "is in use" : "is kept");
}

/* Prove the whole group, without removing anything. Returns whether all of it is unused. */
static bool is_unused(const struct removal *removal, struct proof *proof,
                      const struct companion_group *group, struct proof_member *members)
{
	proof_remove_together(proof, members, group->count, false);
	if (find_culprit(members, group->count) == NULL)
		return true;
	settle(removal, group, members, false);
	return false;
}

/*
 * Keep all because some were not chosen, and report whether that is the only reason. The filter
 * does not apply to the others, so the proof here ignores it.
 */
static void prove_others(const struct removal *removal, const struct companion_group *group,
                         struct proof_member *members)
{
	struct error error;
	struct proof *proof = proof_begin(NULL, &error);

	if (proof != NULL && !is_unused(removal, proof, group, members)) {
		proof_end(proof);
		return;
	}
	keep_for(removal, group, group->members[group->chosen].object, "was not chosen");
	if (proof != NULL)
		proof_end(proof);
}

void group_remove(const struct removal *removal, struct proof *proof,
                  const struct companion_group *group)
{
	const bool remove = !removal->request->dry_run;
	struct proof_member *members;

	if (is_kept(removal, group))
		return;
	/* Not the end of the program: another thread may hold a file that is moved aside. */
	members = calloc(group->count, sizeof(*members));
	if (members == NULL) {
		keep_for(removal, group, group->members[0].object,
		         "can't be proven unused: out of memory");
		return;
	}
	for (size_t i = 0; i < group->count; i++)
		members[i].object = group->members[i].object;
	if (group->chosen < group->count) {
		prove_others(removal, group, members);
	} else if (!remove || !removal->request->interactive ||
	           (is_unused(removal, proof, group, members) && are_wanted(removal, group))) {
		proof_remove_together(proof, members, group->count, remove);
		settle(removal, group, members, remove);
	}
	free(members);
}
