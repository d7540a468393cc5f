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

/* Of what something is mounted on, nothing is known but the name. */
static bool is_covered(const void *row, struct value *value)
{
	value->kind = VALUE_UNKNOWN;
	return (object_of(row)->known & KNOWN_COVERED) != 0;
}

static void get_owner(const void *row, struct value *value)
{
	if (is_covered(row, value))
		return;
	value_set_text(value, account_user(object_of(row)->uid));
}

static void get_bytes(const void *row, struct value *value)
{
	if (is_covered(row, value))
		return;
	if (object_size_is_known(object_of(row)))
		value_set_number(value, object_of(row)->bytes);
}

static void get_age(const void *row, struct value *value)
{
	if (is_covered(row, value))
		return;
	value_set_number(value, ((const struct removal_row *)row)->age);
}

static void get_action(const void *row, struct value *value)
{
	value_set_text(value, action_words[((const struct removal_row *)row)->action]);
}

static void get_why(const void *row, struct value *value)
{
	const struct removal_row *removal = row;

	value->kind = VALUE_UNKNOWN;
	if (removal->why != NULL)
		value_set_text(value, removal->why);
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
	{ "kind", "shm, pshm, psem, msg, sem or pmsg", COLUMN_TEXT, ALIGN_LEFT, .value = get_kind },
	{ "ref", "names the object for any command", COLUMN_REF, ALIGN_LEFT, .value = get_ref },
	{ "owner", "owner", COLUMN_TEXT, ALIGN_LEFT, .value = get_owner, .alias = "user" },
	{ "bytes", "size", COLUMN_SIZE, ALIGN_RIGHT, .value = get_bytes, .alias = "size" },
	{ "age", "seconds since creation or last change", COLUMN_DURATION, ALIGN_RIGHT,
	  .value = get_age },
	{ "action", "removed, would remove, kept or failed", COLUMN_TEXT, ALIGN_LEFT,
	  .value = get_action },
	{ "why", "why it was kept, or what failed", COLUMN_TEXT, ALIGN_LEFT, .value = get_why },
	{ "result", "action and why", COLUMN_TEXT, ALIGN_LEFT, .value = get_result },
};

const struct column_set removal_columns = {
	.columns = columns,
	.count = sizeof(columns) / sizeof(columns[0]),
};

const char removal_machine_columns[] = "kind,ref,owner,bytes,age,action,why";
