/*
 * shmtool rm: remove the objects that REFs name, or those that match filters and are proven unused.
 */
#include "commands/commands.h"
#include "commands/rm/ask.h"
#include "commands/rm/columns.h"
#include "commands/rm/every.h"
#include "commands/rm/removal.h"
#include "commands/shared/blindness.h"
#include "commands/shared/complete.h"
#include "commands/shared/contents.h"
#include "commands/shared/filter_options.h"
#include "commands/shared/format_options.h"
#include "commands/shared/place_options.h"
#include "commands/shared/refs.h"
#include "objects/inventory.h"
#include "objects/kind.h"
#include "objects/posix_queue.h"
#include "objects/tree.h"
#include "output/text.h"
#include "system/account.h"
#include "system/privileges.h"
#include "system/user_map.h"
#include "usage/choose.h"
#include "usage/verdict.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct rm_options {
	struct place_options place;
	bool dry_run;
	bool interactive;
	bool force;
	bool ignores_families;
	struct until_free_option until_free;
	struct optional_number every; /* seconds */
	struct filter_options filter;
	struct format_option_values format;
	struct common_options common;
};

static const struct option_spec specs[] = {
	{ "dry-run", 'n', NULL, "only print what would be removed", NULL, NULL,
	  offsetof(struct rm_options, dry_run), 0 },
	{ "interactive", 'i', NULL, "ask before each removal", NULL, NULL,
	  offsetof(struct rm_options, interactive), 0 },
	{ "force", 'f', NULL, "never ask, and ignore nonexistent objects (REFs only)", NULL, NULL,
	  offsetof(struct rm_options, force), 0 },
	{ "ignore-families", 0, NULL,
	  "also remove objects that a program will use again "
	  "(filters only)",
	  NULL, NULL, offsetof(struct rm_options, ignores_families), 0 },
	{ "until-free", 0, "SIZE|N%",
	  "remove largest abandoned first, until this much of /dev/shm is free",
	  option_parse_until_free, NULL, offsetof(struct rm_options, until_free), OPTION_ONCE },
	{ "every", 0, "DURATION", "repeat with this pause until a signal ends it (filters only)",
	  option_parse_duration, NULL, offsetof(struct rm_options, every), OPTION_ONCE },
};

static const struct option_group groups[] = {
	{ "Options", specs, OPTION_COUNT(specs), 0 },
	FILTER_OPTION_GROUP(struct rm_options, filter),
	FORMAT_OPTION_GROUP(struct rm_options, format, FORMAT_OPTION_COUNT_WITHOUT_TIMES),
	PLACE_OPTION_GROUP(struct rm_options, place, PLACE_OPTION_COUNT),
	COMMON_OPTION_GROUP(struct rm_options, common),
};

/* Print "removed id:5 (4096 bytes)" for -v or --dry-run: on stdout, like rm(1). */
static void print_done(const char *done, const struct shm_object *object, uint64_t waiters)
{
	char ref[REF_TEXT_SIZE];
	char visible[REF_TEXT_SIZE * 4];
	char contents[CONTENTS_SIZE];

	object_ref(object, ref);
	text_visible(visible, ref, TEXT_VISIBLE);
	contents_text(object, waiters, contents);
	if (contents[0] != '\0')
		printf("%s %s (%s)\n", done, visible, contents);
	else
		printf("%s %s\n", done, visible);
}

/* Name the process that keeps the memory of a file whose name is or will be removed. */
static void note_users(const struct command_context *context, const struct shm_object *object)
{
	char ref[REF_TEXT_SIZE];

	if (object->usage == NULL || object->usage->use != USE_USED)
		return;
	object_ref(object, ref);
	message_note(&context->message, ref, "%s: its memory stays allocated until %s releases it",
	             object->usage->why,
	             object->usage->processes == 1 ? "the process" : "the last one");
}

/* Report what other processes lose when an object is removed at once. */
static void note_loss(const struct command_context *context, const struct shm_object *object,
                      uint64_t waiters)
{
	const bool is_queue = object->kind == KIND_MSG ||
	                      (object->kind == KIND_PMSG && (object->known & KNOWN_MESSAGES));
	char ref[REF_TEXT_SIZE];

	object_ref(object, ref);
	if (is_queue && object->messages > 0)
		message_note(&context->message, ref, "%" PRIu64 " message%s removed with it",
		             object->messages, object->messages == 1 ? " was" : "s were");
	if (waiters > 0)
		message_note(&context->message, ref,
		             "%" PRIu64 " process%s waiting for it and received the error EIDRM",
		             waiters, waiters == 1 ? " was" : "es were");
}

/* Report that a name can't be removed from the directory that holds the object. */
static int not_writable(const struct shm_object *object, struct error *error)
{
	const char *directory = object->kind == KIND_PMSG ? POSIX_QUEUE_DIRECTORY : POSIX_DIRECTORY;
	char path[PATH_MAX];

	if (object_tree(object) != NULL) {
		char *slash;

		object_tree_path(object, path);
		slash = strrchr(path, '/');
		slash[slash == path] = '\0';
		directory = path;
	}
	return error_set(error, STATUS_FAILED, "can't be removed: no permission to write to %s",
	                 directory);
}

static int remove_failed(const struct shm_object *object, struct error *error)
{
	if (errno == ENOENT || errno == EIDRM)
		return error_set(error, STATUS_FAILED, "the %s no longer exists",
		                 kind_noun(object->kind));
	if (errno == ESTALE)
		return error_set(error, STATUS_FAILED, "the name now refers to a different object");
	if ((errno == EPERM || errno == EACCES) && object->uid != user_map_caller() &&
	    !user_map_is_root())
		return error_set(
		    error, STATUS_FAILED,
		    "can't be removed: owned by %s; only the owner%s and root may remove it",
		    account_user(object->uid), kind_is_sysv(object->kind) ? ", the creator" : "");
	if (errno == EACCES && !kind_is_sysv(object->kind))
		return not_writable(object, error);
	if (errno == EPERM && !kind_is_sysv(object->kind))
		return error_set_errno(error, errno, "can't be removed (see lsattr(1))");
	return error_set_errno(error, errno, "can't be removed");
}

static int remove_found(const struct command_context *context, const struct shm_object *object,
                        struct error *error)
{
	const uint64_t waiters = contents_waiters(object);
	uint64_t attached;

	if (object_kinds[object->kind].remove(object, &attached) < 0)
		return remove_failed(object, error);
	if (attached > 0) {
		char ref[REF_TEXT_SIZE];

		object_ref(object, ref);
		message_note(&context->message, ref,
		             "marked for destruction, %" PRIu64 " still attached", attached);
		return 0;
	}
	if (context->verbose) {
		struct shm_object gone = *object;

		/* All processes have detached the segment since it was listed. */
		if (gone.kind == KIND_SHM)
			gone.attaches = 0;
		print_done("removed", &gone, waiters);
	}
	note_loss(context, object, waiters);
	note_users(context, object);
	return 0;
}

/*
 * The name of a POSIX queue can be removed without permission to read the queue. If the queues'
 * file system is not mounted, inspecting a queue means opening it.
 */
static bool is_hidden_queue(const struct ref *ref, const struct error *error)
{
	return error->number == EACCES && ref->object == KIND_PMSG && ref_is_listed(ref);
}

/* Remove such a queue, whose contents are unknown. */
static int remove_hidden_queue(const struct command_context *context, const struct ref *ref,
                               struct error *error)
{
	const struct shm_object queue = { .kind = KIND_PMSG, .name = ref->text + strlen("pmsg:") };

	if (posix_queue_remove(ref->file) == 0) {
		if (context->verbose)
			print_done("removed", &queue, 0);
		return 0;
	}
	if (errno == ENOENT)
		return error_set(error, STATUS_FAILED, "the %s no longer exists",
		                 kind_noun(KIND_PMSG));
	if (errno == EACCES || errno == EPERM)
		return error_set(error, STATUS_FAILED,
		                 "can't be removed: only the owner and root may remove it");
	return error_set_errno(error, errno, "can't be removed");
}

static int remove_object(const struct command_context *context, const struct rm_options *options,
                         const struct ref *ref, struct error *error)
{
	const bool is_reported = context->verbose || options->dry_run;
	const unsigned int needs[KIND_COUNT] = {
		[KIND_PSHM] = is_reported ? NEED_USERS : 0,
		[KIND_PSEM] = is_reported ? NEED_USERS : 0,
		[KIND_PMSG] = NEED_MESSAGES,
	};
	struct object_list list = { .count = 0 };
	const struct shm_object *object;
	int result = -1;

	if (inventory_find(ref, &list, error) < 0) {
		if (is_hidden_queue(ref, error) && !options->dry_run)
			result = remove_hidden_queue(context, ref, error);
		else if (error->number == ENOENT && options->force)
			result = 0;
		goto done;
	}
	(void)choose_collect(&list, needs, error);
	object = &list.objects[0];
	if (options->dry_run) {
		print_done(object->kind == KIND_SHM && object->attaches > 0
		               ? "would mark for destruction"
		               : "would remove",
		           object, contents_waiters(object));
		note_users(context, object);
		result = 0;
	} else {
		const int answer = options->interactive && !options->force
		                       ? ask_removal(context, object, error)
		                       : 1;

		result = answer > 0 ? remove_found(context, object, error) : answer;
	}
done:
	object_list_free(&list);
	return result;
}

static enum exit_status remove_named(const struct command_context *context,
                                     const struct rm_options *options, int argc, char **operands)
{
	struct ref_list refs;
	enum exit_status status;
	struct error error;

	if (place_options_operands(context, &options->place, argc, operands) < 0)
		return STATUS_USAGE;
	if (refs_parse(context, REF_OBJECT, argc, operands, &refs) < 0) {
		refs_free(&refs);
		return refs.status;
	}
	status = refs.status;
	if (place_options_enter(context, &options->place) < 0) {
		refs_free(&refs);
		return STATUS_FAILED;
	}
	for (size_t i = 0; i < refs.count; i++) {
		if (remove_object(context, options, &refs.refs[i], &error) < 0) {
			message_error(&context->message, refs.refs[i].text, &error);
			status = STATUS_FAILED;
		}
	}
	refs_free(&refs);
	return status;
}

/* The filters, with those that --until-free implies. */
static struct filter_options filters_of(const struct rm_options *options)
{
	struct filter_options filters = options->filter;

	filters.abandoned = filters.abandoned || (options->until_free.given && !filters.unused);
	return filters;
}

/* After the files in directories, empty directories are removed, even if the filter selects none. */
static void choose_directories(const struct rm_options *options,
                               const struct filter_options *filters,
                               struct removal_request *request)
{
	const bool has_trees = options->place.recursive || options->place.directories.count > 0;

	if (!has_trees || filters->kinds.count > 0 || filters->orphaned ||
	    (request->filter.kinds & KIND_BIT(KIND_DIR)))
		return;
	request->filter.kinds |= KIND_BIT(KIND_DIR);
	request->hides_directories = true;
}

static unsigned int kinds_of_refs(const struct ref_list *refs)
{
	unsigned int kinds = 0;

	for (size_t i = 0; i < refs->count; i++)
		kinds |= KIND_BIT(refs->refs[i].object);
	/* A path may lead to either. */
	return kinds & KINDS_IN_TREES ? kinds | KINDS_IN_TREES : kinds;
}

static enum exit_status remove_chosen(const struct command_context *context,
                                      const struct rm_options *options,
                                      const struct format_options *format,
                                      const struct ref_list *refs)
{
	const struct filter_options filters = filters_of(options);
	struct removal_request request = {
		.dry_run = options->dry_run,
		.interactive = options->interactive,
		.human = format->human ||
		         (format->for_terminal && !format->bytes && isatty(STDERR_FILENO) == 1),
		.format = format,
		.refs = refs,
		.abandoned = filters.abandoned,
		.ignores_families = options->ignores_families,
		.until_free = options->until_free,
	};
	enum exit_status opened;
	enum exit_status status;
	struct report *report;
	struct error error;

	if (place_options_enter(context, &options->place) < 0)
		return STATUS_FAILED;
	filter_options_resolve(&filters, &request.filter);
	place_options_begin(&options->place, filters.kinds.count > 0, &request.filter);
	if (refs == NULL)
		choose_directories(options, &filters, &request);
	else if (filters.kinds.count == 0)
		request.filter.kinds = kinds_of_refs(refs);
	opened = place_options_select(&options->place, &request.filter);
	/* Nothing else takes space there. */
	if (options->until_free.given)
		request.filter.kinds &= KINDS_DEVSHM;
	report = report_open(&removal_columns, format, removal_machine_columns, &error);
	if (report == NULL) {
		message_error(&context->message, NULL, &error);
		return error.status;
	}
	if (options->ignores_families)
		message_note(&context->message, NULL,
		             "--ignore-families: removes unused objects even if a program will "
		             "use them again");
	note_used_elsewhere(context, &request.filter);
	status = removal_run(context, report, &request);
	return status == STATUS_DONE ? opened : status;
}

/* Remove those of the named objects that the filters select and that are proven unused. */
static enum exit_status remove_chosen_named(const struct command_context *context,
                                            const struct rm_options *options,
                                            const struct format_options *format, int argc,
                                            char **operands)
{
	struct ref_list refs;
	enum exit_status status;
	struct error error;

	if (refs_parse(context, REF_OBJECT, argc, operands, &refs) < 0) {
		status = refs.status;
	} else if (filters_of(options).abandoned && (kinds_of_refs(&refs) & KINDS_IDLE) &&
	           !options->filter.filter.idle_for.given) {
		error_set(&error, STATUS_USAGE,
		          "--abandoned requires --idle-for for queues and semaphore sets");
		message_error(&context->message, NULL, &error);
		status = STATUS_USAGE;
	} else {
		status = remove_chosen(context, options, format, &refs);
	}
	refs_free(&refs);
	return status;
}

/* Reject filters that select nothing in the directory whose space --until-free frees. */
static int check_until_free(const struct filter_options *filters, struct error *error)
{
	const struct object_filter *filter = &filters->filter;
	struct object_filter resolved;
	const char *misplaced = NULL;

	if (filters->orphaned)
		misplaced = "orphaned";
	else if (filter->creator.has_wanted)
		misplaced = "creator";
	else if (filter->key.has_wanted)
		misplaced = "key";
	else if (filter->with_messages)
		misplaced = "with-messages";
	else if (filter->used_by.given)
		return error_set(error, STATUS_USAGE,
		                 "--until-free can't be combined with --used-by: objects in use "
		                 "are kept");
	if (misplaced != NULL)
		return error_set(error, STATUS_USAGE,
		                 "--until-free can't be combined with --%s, which selects nothing "
		                 "in %s",
		                 misplaced, POSIX_DIRECTORY);
	filter_options_resolve(filters, &resolved);
	if ((resolved.kinds & KINDS_DEVSHM) == 0 ||
	    (filters->kinds.count > 0 && (resolved.kinds & ~(unsigned int)KINDS_DEVSHM) != 0))
		return error_set(error, STATUS_USAGE,
		                 "--until-free frees space in %s: --kind must be pshm or psem",
		                 POSIX_DIRECTORY);
	return 0;
}

/* Reject contradictory filters. */
static int check_filters(const struct rm_options *options, struct error *error)
{
	const struct filter_options filters = filters_of(options);

	if (options->until_free.given && check_until_free(&filters, error) < 0)
		return -1;
	if (filter_options_check(&filters, place_options_have_trees(&options->place), error) < 0)
		return -1;
	if (options->ignores_families && filters.abandoned)
		return error_set(error, STATUS_USAGE,
		                 "--ignore-families can't be combined with %s: only "
		                 "the families define what is abandoned (use --unused)",
		                 options->filter.abandoned ? "--abandoned" : "--until-free alone");
	return 0;
}

static bool has_filters(const struct rm_options *options)
{
	return filter_options_given(&options->filter) || options->until_free.given;
}

/* Reject contradictory options. */
static int check(const struct rm_options *options, int ref_count, struct format_options *format,
                 struct error *error)
{
	const bool filters = has_filters(options);

	if (format_options_resolve(&options->format, format, error) < 0 ||
	    check_filters(options, error) < 0)
		return -1;
	if (place_options_check(&options->place, ref_count > 0, NULL, error) < 0)
		return -1;
	if (ref_count > 0 && options->until_free.given)
		return error_set(error, STATUS_USAGE, "REFs can't be combined with --until-free");
	if (ref_count == 0 && !filters)
		return error_set(error, STATUS_USAGE,
		                 "missing operand or filter: REF, or for example --unused");
	if (options->every.given && (!filters || options->interactive))
		return error_set(error, STATUS_USAGE, "--every %s",
		                 filters ? "can't be combined with --interactive"
		                         : "needs filters");
	if (options->every.given && options->every.number == 0)
		return error_set(error, STATUS_USAGE, "--every: at least one second is needed");
	if (filters && options->force)
		return error_set(error, STATUS_USAGE,
		                 "--force needs REFs: filters remove only objects that are "
		                 "proven unused");
	if (filters)
		return 0;
	if (options->ignores_families)
		return error_set(error, STATUS_USAGE,
		                 "--ignore-families needs filters: a REF is removed regardless of "
		                 "its family");
	if (format->format != FORMAT_TABLE || format->columns != NULL || format->sort != NULL)
		return error_set(error, STATUS_USAGE,
		                 "output options can't be combined with REFs, except with filters");
	return 0;
}

/* The arguments of a round of --every. */
struct round {
	const struct command_context *context;
	const struct rm_options *options;
	const struct format_options *format;
	int argc;
	char **operands;
};

static enum exit_status remove_round(void *closure)
{
	const struct round *round = closure;

	if (round->argc > 0)
		return remove_chosen_named(round->context, round->options, round->format,
		                           round->argc, round->operands);
	return remove_chosen(round->context, round->options, round->format, NULL);
}

static enum exit_status run(const struct command_context *context, const void *parsed, int argc,
                            char **operands)
{
	const struct rm_options *options = parsed;
	struct format_options format;
	struct round round = { context, options, &format, argc, operands };
	struct error error;

	if (format_options_want_help(&options->format)) {
		report_list_columns(&removal_columns);
		return STATUS_DONE;
	}
	if (check(options, argc, &format, &error) < 0) {
		message_error(&context->message, NULL, &error);
		return error.status;
	}
	if (place_options_operands(context, &options->place, argc, operands) < 0)
		return STATUS_USAGE;
	privileges_keep(PRIVILEGE_LOOK | PRIVILEGE_REMOVE |
	                (options->place.pid.given ? PRIVILEGE_ENTER : 0U));
	if (!has_filters(options))
		return remove_named(context, options, argc, operands);
	if (options->every.given)
		return every_run(context, options->every.number, remove_round, &round);
	return remove_round(&round);
}

static void release(void *options)
{
	filter_options_free(&((struct rm_options *)options)->filter);
}

static const struct option_hint hints[] = {
	{ "-a", "to remove all unused objects, use --unused (-a belongs to ipcrm)" },
	{ "--all", "to remove all unused objects, use --unused (--all belongs to ipcrm)" },
	REF_OPTION_HINTS,
};

const struct command rm_command = {
	.name = "rm",
	.summary = "Remove shared memory, queues and semaphores",
	.operands = "[REF...]",
	.columns = &removal_columns,
	.max_operands = -1,
	.groups = groups,
	.group_count = OPTION_COUNT(groups),
	.options_size = sizeof(struct rm_options),
	.common_offset = offsetof(struct rm_options, common),
	.complete_operand = complete_refs,
	.operand_subset = KINDS_ALL,
	.option_hints = hints,
	.run = run,
	.release = release,
};
