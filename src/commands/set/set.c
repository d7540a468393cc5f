/*
 * shmtool set: change the mode, owner, group, size or lock of objects, and the value of semaphores.
 */
#include "commands/commands.h"
#include "commands/set/semaphore.h"
#include "commands/shared/change_options.h"
#include "commands/shared/complete.h"
#include "commands/shared/refs.h"
#include "objects/change.h"
#include "objects/inventory.h"
#include "objects/kind.h"

struct set_options {
	const char *mode;
	struct owner owner;
	struct owner group;
	struct optional_number size;
	bool lock;
	bool unlock;
	struct semaphore_options semaphore;
	struct common_options common;
};

static const struct option_spec specs[] = {
	{ "mode", 'm', "MODE", "permissions, octal or symbolic: 640, u=rw,g+r", option_parse_mode,
	  NULL, offsetof(struct set_options, mode), 0 },
	{ "owner", 0, "USER[:GROUP]", "owner, and group", option_parse_owner, complete_owners,
	  offsetof(struct set_options, owner), 0 },
	{ "group", 0, "GROUP", "group", option_parse_group, complete_groups,
	  offsetof(struct set_options, group), 0 },
	{ "size", 's', "SIZE", "size in bytes (POSIX objects, System V queues)", option_parse_size,
	  NULL, offsetof(struct set_options, size), 0 },
	{ "lock", 0, NULL, "lock in memory, never swap out (System V only)", NULL, NULL,
	  offsetof(struct set_options, lock), 0 },
	{ "unlock", 0, NULL, "allow swapping out again (System V only)", NULL, NULL,
	  offsetof(struct set_options, unlock), 0 },
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

/* Refuse unsupported changes before anything is changed. */
static int check_kind(const struct ref *ref, const struct object_change *change,
                      struct error *error)
{
	const char *fixed_size = object_kinds[ref->object].fixed_size;

	if (change->resize && fixed_size != NULL)
		return error_set(error, STATUS_USAGE, "--size: %s", fixed_size);
	if (!(change->lock || change->unlock) || ref->object == KIND_SHM)
		return 0;
	if (KIND_BIT(ref->object) & KINDS_DEVSHM)
		return error_set(
		    error, STATUS_USAGE,
		    "only System V segments can be locked: the lock of a POSIX object, "
		    "mlock(2), ends with the process that sets it");
	return error_set(error, STATUS_USAGE, "only System V segments can be locked");
}

static int change_object(const struct command_context *context, const struct set_options *options,
                         const struct ref *ref, const struct object_change *change,
                         struct error *error)
{
	struct object_list list = { .count = 0 };
	char text[REF_TEXT_SIZE];
	int result = -1;

	if (inventory_find(ref, &list, error) < 0)
		goto done;
	if (options->semaphore.add.given)
		result = semaphore_options_apply(&options->semaphore, &list.objects[0], error);
	else
		result = object_kinds[list.objects[0].kind].change(&list.objects[0], change, error);
	object_ref(&list.objects[0], text);
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
		if (check_kind(&refs->refs[i], change, &error) < 0 ||
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
	struct object_change change;
	struct ref_list refs;
	enum exit_status status;
	struct error error;

	if (make_change(parsed, &change, &error) < 0) {
		message_error(&context->message, NULL, &error);
		return error.status;
	}
	if (refs_parse(context, REF_OBJECT, argc, operands, &refs) < 0)
		status = refs.status;
	else
		status = change_all(context, parsed, &refs, &change);
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
