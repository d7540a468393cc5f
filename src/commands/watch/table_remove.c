#include "commands/watch/table_remove.h"

#include "commands/shared/contents.h"
#include "objects/kind.h"
#include "output/text.h"
#include "output/units.h"
#include "system/account.h"
#include "usage/choose.h"
#include "usage/companions.h"
#include "usage/family_catalogue.h"
#include "usage/fate.h"
#include "usage/idle.h"
#include "usage/proof.h"
#include "usage/verdict.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

static const struct shm_object *object_of(const struct table_removal *removal)
{
	return &removal->list.objects[0];
}

static void visible_ref(const struct shm_object *object, char visible[REF_TEXT_SIZE * 4])
{
	char ref[REF_TEXT_SIZE];

	object_ref(object, ref);
	text_visible(visible, ref, TEXT_VISIBLE);
}

/* Keep an object that belongs together with others: they are removed together or not at all. */
static int check_companions(const struct families *families, const struct shm_object *object,
                            const struct family_match *match, struct error *why)
{
	struct companions companions = { .count = 0 };
	int result;

	companions_add(&companions, 0, object, match);
	result = companions_find(&companions, families, why);
	if (result == 0 && companions.count > 0 && companions.groups[0].count > 1)
		result = error_set(why, STATUS_FAILED,
		                   "it belongs together with %zu other object%s: use rm --unused "
		                   "--family %s",
		                   companions.groups[0].count - 1,
		                   plural_s(companions.groups[0].count - 1), match->family->name);
	companions_free(&companions);
	return result;
}

/* The rules of families: a program may use an unused object again. */
static int check_rules(const struct shm_object *object, struct error *why)
{
	const struct families *families = families_shared(why);
	struct family_match match;
	struct fate_judge judge;
	char reason[FATE_WHY_SIZE];
	bool is_kept;

	if (families == NULL)
		return -1;
	fate_begin(&judge, families);
	(void)family_match(families, object, &match);
	is_kept = KIND_BIT(object->kind) & KINDS_IDLE
	              ? !fate_is_abandoned(&judge, object, &match, false, reason)
	              : fate_keeps(&judge, object, &match, reason);
	fate_end(&judge);
	if (is_kept)
		return error_set(why, STATUS_FAILED, "%s", reason);
	return check_companions(families, object, &match, why);
}

/* Name the users of an object that a proof found in use. */
static void explain_use(struct table_removal *removal, struct error *why)
{
	struct error ignored;

	error_set(why, STATUS_FAILED, "%s", proof_word(PROOF_USED));
	if (verdict_collect(&removal->list, KINDS_WITH_USERS, NULL, &ignored) == 0 &&
	    object_of(removal)->usage != NULL && object_of(removal)->usage->use == USE_USED)
		error_set(why, STATUS_FAILED, "%s", object_of(removal)->usage->why);
}

static int prove(struct table_removal *removal, bool remove, uint64_t *freed, struct error *why)
{
	const struct idle_options options = { .idle_for = IDLE_FOR_DEFAULT };
	const bool is_idle = (KIND_BIT(object_of(removal)->kind) & KINDS_IDLE) != 0;
	enum proof_result result = PROOF_UNKNOWN;
	struct idle idle = { .sysv.count = 0 };
	struct proof *proof = NULL;

	*why = (struct error){ .text = "" };
	if (!is_idle || idle_begin(&idle, &options, why) == 0)
		proof = proof_begin(NULL, why);
	if (proof != NULL) {
		if (is_idle)
			proof_use_idle(proof, &idle);
		result = proof_remove(proof, object_of(removal), remove, freed, why);
		proof_end(proof);
	}
	if (is_idle)
		idle_end(&idle);
	if (result == PROOF_UNUSED)
		return 0;
	if (result == PROOF_USED)
		explain_use(removal, why);
	else if (proof_word(result) != NULL)
		error_set(why, STATUS_FAILED, "%s", proof_word(result));
	return -1;
}

/* A copy that outlives the list of the table. */
static void copy(struct table_removal *removal, const struct shm_object *object)
{
	struct shm_object *copied = object_list_add(&removal->list);

	*copied = *object;
	copied->usage = NULL;
	if (KIND_BIT(object->kind) & KINDS_POSIX)
		copied->name = object_list_text(&removal->list, "", object->name);
	else if (object->kind == KIND_SHM)
		copied->command = NULL;
}

int table_removal_ask(struct table_removal *removal, const struct shm_object *object,
                      char question[TABLE_SENTENCE_SIZE], struct error *why)
{
	const unsigned int needs[KIND_COUNT] = { [KIND_PMSG] = NEED_MESSAGES };
	char visible[REF_TEXT_SIZE * 4];
	char contents[CONTENTS_SIZE];
	uint64_t freed;

	copy(removal, object);
	(void)choose_collect(&removal->list, needs, why);
	if (prove(removal, false, &freed, why) < 0 || check_rules(object_of(removal), why) < 0)
		return -1;
	visible_ref(object_of(removal), visible);
	contents_text(object_of(removal), contents_waiters(object_of(removal)), contents);
	snprintf(question, TABLE_SENTENCE_SIZE, "remove %.*s (%s%sowned by %s)? y/N ",
	         TABLE_SENTENCE_SIZE / 2, visible, contents, contents[0] != '\0' ? ", " : "",
	         account_user(object_of(removal)->uid));
	return 0;
}

int table_removal_do(struct table_removal *removal, char done[TABLE_SENTENCE_SIZE],
                     struct error *why)
{
	char visible[REF_TEXT_SIZE * 4];
	char size[UNITS_TEXT_SIZE];
	uint64_t freed = 0;

	/* Time has passed since the question. */
	if (check_rules(object_of(removal), why) < 0 || prove(removal, true, &freed, why) < 0)
		return -1;
	visible_ref(object_of(removal), visible);
	size_human(size, freed);
	snprintf(done, TABLE_SENTENCE_SIZE, "removed %.*s%s%s%s", TABLE_SENTENCE_SIZE / 2, visible,
	         freed > 0 ? ", " : "", freed > 0 ? size : "", freed > 0 ? " freed" : "");
	return 0;
}

void table_removal_end(struct table_removal *removal)
{
	object_list_free(&removal->list);
	*removal = (struct table_removal){ .list.count = 0 };
}
