/*
 * shmtool set: change the mode, owner, group, size or lock of objects, and the value of semaphores.
 */
#include "commands/commands.h"
#include "commands/set/held.h"
#include "commands/set/semaphore.h"
#include "commands/shared/change_options.h"
#include "commands/shared/complete.h"
#include "commands/shared/refs.h"
#include "objects/change.h"
#include "objects/kind.h"
#include "output/units.h"
#include "usage/choose.h"

struct set_options {
	const char *mode;
	struct owner owner;
	struct owner group;
	struct optional_number size;
	bool lock;
	bool unlock;
	bool force;
	struct semaphore_options semaphore;
	struct common_options common;
};

/* A size, also 0: check_kind() refuses that for objects that have a name. */
static int parse_size(const char *text, void *destination, struct error *error)
{
	struct optional_number *size = destination;

	size->given = size_parse(text, &size->number, error) == 0;
	return size->given ? 0 : -1;
}

static const struct option_spec specs[] = {
	{ "mode", 'm', "MODE", "permissions, octal or symbolic: 640, u=rw,g+r", option_parse_mode,
	  NULL, offsetof(struct set_options, mode), 0 },
	{ "owner", 0, "USER[:GROUP]", "owner, and group", option_parse_owner, complete_owners,
	  offsetof(struct set_options, owner), 0 },
	{ "group", 0, "GROUP", "group", option_parse_group, complete_groups,
	  offsetof(struct set_options, group), 0 },
	{ "size", 's', "SIZE", "size in bytes (POSIX objects, System V queues)", parse_size, NULL,
	  offsetof(struct set_options, size), 0 },
	{ "lock", 0, NULL, "lock in memory, never swap out (System V only)", NULL, NULL,
	  offsetof(struct set_options, lock), 0 },
	{ "unlock", 0, NULL, "allow swapping out again (System V only)", NULL, NULL,
	  offsetof(struct set_options, unlock), 0 },
	{ "force", 'f', NULL, "do not ask before removed objects and memfds become smaller", NULL,
	  NULL, offsetof(struct set_options, force), 0 },
};

static const struct option_group groups[] = {
	{ "Changes", specs, OPTION_COUNT(specs), 0 },
	{ "Semaphores", semaphore_option_specs, SEMAPHORE_OPTION_COUNT,
	  offsetof(struct set_options, semaphore) },
	COMMON_OPTION_GROUP(struct set_options, common),
};

static bool has_changes(const struct object_change *change)
{
	return change->mode != NULL || change->owner.user_given || change->owner.group_given ||
	       change->resize || change->lock || change->unlock;
}

static int make_change(const struct set_options *options, struct object_change *change,
                       struct error *error)
{
	*change = (struct object_change){
		.mode = options->mode,
		.owner = options->owner,
		.resize = options->size.given,
		.bytes = options->size.number,
		.lock = options->lock,
		.unlock = options->unlock,
	};
	if (options->lock && options->unlock)
		return error_set(error, STATUS_USAGE, "--lock can't be combined with --unlock");
	if (options->group.group_given && options->owner.group_given)
		return error_set(error, STATUS_USAGE,
		                 "duplicate group: give it with --owner or with --group");
	if (options->group.group_given) {
		change->owner.group_given = true;
		change->owner.gid = options->group.gid;
	}
	if (semaphore_options_check(&options->semaphore, error) < 0)
		return -1;
	if (has_changes(change) == options->semaphore.add.given)
		return error_set(error, STATUS_USAGE,
		                 options->semaphore.add.given
		                     ? "--add can't be combined with other changes"
		                     : "nothing to change: give --mode, --owner, --group, --size, "
		                       "--lock, --unlock or --add");
	return 0;
}

/* Refuse unsupported changes. */
static int check_kind(enum object_kind kind, bool is_held, const struct object_change *change,
                      struct error *error)
{
	const char *fixed_size = object_kinds[kind].fixed_size;

	if (change->resize && fixed_size != NULL)
		return error_set(error, STATUS_USAGE, "--size: %s", fixed_size);
	if (change->resize && change->bytes == 0 && !is_held)
		return error_set(error, STATUS_USAGE,
		                 "--size 0: invalid size: must be at least 1 byte (only memory "
		                 "without a name, as pid:PID:fd:N, can be emptied)");
	if (!(change->lock || change->unlock) || kind == KIND_SHM)
		return 0;
	if (KIND_BIT(kind) & KINDS_DEVSHM)
		return error_set(
		    error, STATUS_USAGE,
		    "only System V segments can be locked: the lock of a POSIX object, "
		    "mlock(2), ends with the process that sets it");
	return error_set(error, STATUS_USAGE, "only System V segments can be locked");
}

/* Refuse unsupported changes before anything is changed. */
static int check_ref(const struct ref *ref, const struct object_change *change, struct error *error)
{
	struct object_list list = { .count = 0 };
	struct error missing;
	int result = 0;

	if (ref->kind != REF_FD)
		return check_kind(ref->object, false, change, error);
	/* If there is no such thing, the change fails. */
	if (choose_find(ref, &list, &missing) == 0) {
		const bool is_held = object_is_held(&list.objects[0]);

		result = check_kind(list.objects[0].kind, is_held, change, error);
		if (result == 0 && is_held)
			result = set_held_check(&list.objects[0], change, error);
	}
	object_list_free(&list);
	return result;
}

static int change_object(const struct command_context *context, const struct set_options *options,
                         const struct ref *ref, const struct object_change *change,
                         struct error *error)
{
	struct object_list list = { .count = 0 };
	const struct shm_object *object;
	char text[REF_TEXT_SIZE];
	int result = -1;

	if (choose_find(ref, &list, error) < 0)
		goto done;
	object = &list.objects[0];
	if (options->semaphore.add.given)
		result = semaphore_options_apply(&options->semaphore, object, error);
	else if (object_is_held(object))
		result = set_held(context, ref, object, change, options->force, error);
	else
		result = object_kinds[object->kind].change(object, change, error);
	object_ref(object, text);
	if (result == 0 && context->verbose)
		message_note(&context->message, text, "changed");
done:
	object_list_free(&list);
	return result;
}

static enum exit_status change_all(const struct command_context *context,
                                   const struct set_options *options, const struct ref_list *refs,
                                   const struct object_change *change)
{
	enum exit_status status = refs->status;
	struct error error;

	for (size_t i = 0; i < refs->count; i++) {
		if (check_ref(&refs->refs[i], change, &error) < 0 ||
		    semaphore_options_check_kind(&options->semaphore, &refs->refs[i], &error) < 0) {
			message_error(&context->message, refs->refs[i].text, &error);
			status = STATUS_USAGE;
		}
	}
	for (size_t i = 0; i < refs->count && status != STATUS_USAGE; i++) {
		if (change_object(context, options, &refs->refs[i], change, &error) < 0) {
			message_error(&context->message, refs->refs[i].text, &error);
			if (status != STATUS_FAILED)
				status = error.status;
		}
	}
	return status;
}

static enum exit_status run(const struct command_context *context, const void *parsed, int argc,
                            char **operands)
{
	const struct set_options *options = parsed;
	struct object_change change;
	struct ref_list refs;
	enum exit_status status;
	struct error error;

	if (make_change(options, &change, &error) < 0) {
		message_error(&context->message, NULL, &error);
		return error.status;
	}
	if (refs_parse(context, REF_SHOWN, argc, operands, &refs) < 0)
		status = refs.status;
	else
		status = change_all(context, options, &refs, &change);
	refs_free(&refs);
	return status;
}

static const struct option_hint hints[] = {
	REF_OPTION_HINTS,
};

const struct command set_command = {
	.name = "set",
	.summary = "Change mode, owner, group, size or lock of objects, or the value of semaphores",
	.operands = "REF...",
	.min_operands = 1,
	.max_operands = -1,
	.groups = groups,
	.group_count = OPTION_COUNT(groups),
	.options_size = sizeof(struct set_options),
	.common_offset = offsetof(struct set_options, common),
	.complete_operand = complete_refs,
	.operand_subset = KINDS_ALL,
	.option_hints = hints,
	.run = run,
};
