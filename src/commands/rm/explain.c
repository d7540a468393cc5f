#include "commands/rm/explain.h"

#include "usage/proof.h"
#include "usage/verdict.h"

/* Explain why a lease was refused although no process is seen to use the file. */
static void explain_refusal(struct removal_row *row, const struct object_usage *usage,
                            const struct users_blind *blind)
{
	struct error error;
	struct proof *proof = proof_begin(NULL, &error);
	uint64_t freed;

	if (proof != NULL &&
	    proof_remove(proof, row->object, false, &freed, &error) == PROOF_UNUSED)
		candidate_decide(row, ACTION_KEPT, "in use a moment ago");
	else if (blind->outside && blind->near == 0)
		candidate_decide(row, ACTION_KEPT,
		                 "lease refused, a process outside this pid namespace has it open");
	else if (usage->use == USE_UNKNOWN)
		candidate_decide(row, ACTION_KEPT, "lease refused; %s", usage->why);
	else
		candidate_decide(
		    row, ACTION_KEPT,
		    "lease refused, although no process is seen to use it: perhaps a loop device "
		    "or a descriptor in flight%s",
		    blind->processes > 0 ? ", or a process that can't be inspected" : "");
	if (proof != NULL)
		proof_end(proof);
}

void explain_use(struct removal *removal)
{
	struct object_list used = { .count = 0 };
	struct error error;
	size_t next = 0;

	for (size_t i = 0; i < removal->list.count; i++) {
		struct shm_object *object;

		if (!removal->rows[i].is_used && !removal->rows[i].is_unproven)
			continue;
		object = object_list_add(&used);
		if (object == NULL)
			break;
		*object = *removal->rows[i].object;
		object->usage = NULL;
	}
	/* Best effort: if it fails, the reason stays "in use". */
	if (used.count == 0 || verdict_collect(&used, KINDS_WITH_USERS, NULL, &error) < 0)
		goto done;
	for (size_t i = 0; i < removal->list.count && next < used.count; i++) {
		struct removal_row *row = &removal->rows[i];
		const struct object_usage *usage;

		if (!row->is_used && !row->is_unproven)
			continue;
		usage = used.objects[next++].usage;
		if (usage == NULL)
			continue;
		if (usage->use == USE_USED)
			candidate_decide(row, ACTION_KEPT, "%s", usage->why);
		else if (row->is_unproven)
			continue;
		else if (row->object->kind == KIND_SHM)
			candidate_decide(row, ACTION_KEPT, "attached a moment ago");
		else
			explain_refusal(row, usage, &used.usages->blind);
		row->kept_as = KEPT_USED;
	}
done:
	object_list_free(&used);
}
