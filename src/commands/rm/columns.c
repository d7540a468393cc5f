#include "commands/rm/columns.h"

#include "objects/kind.h"
#include "system/account.h"

#include <stdio.h>

static const char *const action_words[ACTIONS] = {
	[ACTION_KEPT] = "kept",
	[ACTION_REMOVED] = "removed",
	[ACTION_WOULD_REMOVE] = "would remove",
	[ACTION_FAILED] = "failed",
};

static const struct shm_object *object_of(const void *row)
{
	return ((const struct removal_row *)row)->object;
}

static void get_kind(const void *row, struct value *value)
{
	value_set_text(value, kind_word(object_of(row)->kind));
}

static void get_ref(const void *row, struct value *value)
{
	object_ref(object_of(row), value->scratch);
	value_set_text(value, value->scratch);
}

/* Bits of what is known of a row: if a mount hides the object, only its name. */
enum { IS_SEEN = 1 << 0, HAS_SIZE = 1 << 1 };

static unsigned int known_of(const void *row)
{
	const struct shm_object *object = object_of(row);

	if (object->known & KNOWN_COVERED)
		return 0;
	return IS_SEEN | (object_size_is_known(object) ? HAS_SIZE : 0U);
}

static void get_owner(const void *row, struct value *value)
{
	value_set_text(value, account_user(object_of(row)->uid));
}

static void get_action(const void *row, struct value *value)
{
	value_set_text(value, action_words[((const struct removal_row *)row)->action]);
}

static void get_result(const void *row, struct value *value)
{
	const struct removal_row *removal = row;
	const char *word = action_words[removal->action];

	value_set_text(value, word);
	if (removal->why == NULL)
		return;
	snprintf(value->scratch, sizeof(value->scratch), "%s: %s", word, removal->why);
	value_set_text(value, value->scratch);
}

static const struct column columns[] = {
	{ "kind", "shm, pshm, psem, msg, sem, pmsg or dir", COLUMN_TEXT, ALIGN_LEFT,
	  .value = get_kind },
	{ "ref", "REF of the object, for any command", COLUMN_REF, ALIGN_LEFT, .value = get_ref },
	{ "owner", "owner", COLUMN_TEXT, ALIGN_LEFT, .value = get_owner, .known = IS_SEEN,
	  .alias = "user" },
	{ "bytes", "size", COLUMN_SIZE, ALIGN_RIGHT,
	  .field =
	      FIELD_BEHIND(FIELD_UNSIGNED, struct removal_row, object, struct shm_object, bytes),
	  .known = HAS_SIZE, .alias = "size" },
	{ "age", "seconds since creation or last change", COLUMN_DURATION, ALIGN_RIGHT,
	  .field = FIELD(FIELD_UNSIGNED, struct removal_row, age), .known = IS_SEEN,
	  .importance = IMPORTANCE_LOW },
	{ "action", "removed, would remove, kept or failed", COLUMN_TEXT, ALIGN_LEFT,
	  .value = get_action },
	{ "why", "why it was kept, or the error", COLUMN_TEXT, ALIGN_LEFT,
	  .field = FIELD(FIELD_TEXT, struct removal_row, why) },
	{ "result", "action and why", COLUMN_TEXT, ALIGN_LEFT, .value = get_result,
	  .importance = IMPORTANCE_HIGH },
};

const struct column_set removal_columns = {
	.columns = columns,
	.count = sizeof(columns) / sizeof(columns[0]),
	.known_of = known_of,
};

const char removal_machine_columns[] = "kind,ref,owner,bytes,age,action,why";
