/*
 * shmtool users: list the processes that use an object.
 */
#include "base/memory.h"
#include "commands/commands.h"
#include "commands/shared/blindness.h"
#include "commands/shared/complete.h"
#include "commands/shared/filter_options.h"
#include "commands/shared/format_options.h"
#include "commands/shared/object_channel.h"
#include "commands/shared/place_options.h"
#include "commands/shared/refs.h"
#include "commands/users/asked.h"
#include "commands/users/check.h"
#include "commands/users/columns.h"
#include "commands/users/operations.h"
#include "commands/users/totals.h"
#include "objects/kind.h"
#include "output/pager.h"
#include "output/report.h"
#include "system/cgroup_cache.h"
#include "system/privileges.h"
#include "system/process_arguments.h"
#include "usage/choose.h"
#include "usage/operators.h"
#include "usage/scan.h"
#include "usage/unnamed.h"
#include "usage/verdict.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct users_options {
	bool each;
	bool unnamed;
	bool check;
	struct place_options place;
	struct filter_options filter;
	struct format_option_values format;
	bool no_pager;
	struct common_options common;
};

static const struct option_spec specs[] = {
	{ "each", 0, NULL, "print one row per mapping and descriptor instead of one per process",
	  NULL, NULL, offsetof(struct users_options, each), 0 },
	{ "unnamed", 0, NULL,
	  "memory without a name (kinds: memfd, anon, pshm, removed, detached or all)", NULL, NULL,
	  offsetof(struct users_options, unnamed), 0 },
	{ "check", 0, NULL,
	  "print nothing: status 0 if a process uses an object, 1 if none does, 3 if unknown", NULL,
	  NULL, offsetof(struct users_options, check), 0 },
};

static const struct option_group groups[] = {
	{ "What to show", specs, OPTION_COUNT(specs), 0 },
	FILTER_OPTION_GROUP(struct users_options, filter),
	FORMAT_OPTION_GROUP(struct users_options, format, FORMAT_OPTION_COUNT_WITHOUT_TIMES),
	PAGER_OPTION_GROUP(struct users_options, no_pager),
	PLACE_OPTION_GROUP(struct users_options, place, PLACE_OPTION_COUNT),
	COMMON_OPTION_GROUP(struct users_options, common),
};

static const char default_columns[] = "ref,pid,user,command,how,access,fd,address,bytes,count";
static const char each_columns[] = "ref,pid,user,command,how,access,fd,address,bytes";
static const char operation_columns[] = "ref,pid,user,command,how,alive,count";
static const char mixed_columns[] = "ref,pid,user,command,how,alive,access,fd,address,bytes,count";
static const char unnamed_columns[] = "kind,ref,name,used,pid,user,command,how,access,fd,bytes";

/* The kinds whose users are those of its operations. */
enum { KINDS_OPERATED = KIND_BIT(KIND_SEM) | KIND_BIT(KIND_MSG) };

/* The number of segments that a note names. */
enum { UNSEEN_NAMED = 3 };

/* The kinds of the objects that REFs name, or that a filter selects. */
static unsigned int kinds_of(const struct object_filter *filter, const struct ref_list *refs)
{
	unsigned int kinds = refs->refs == NULL ? filter->kinds : 0;

	for (size_t i = 0; refs->refs != NULL && i < refs->count; i++)
		kinds |= ref_is_listed(&refs->refs[i]) ? KIND_BIT(refs->refs[i].object)
		                                       : KIND_BIT(KIND_PSHM);
	return kinds;
}

/* Attaches by processes that can't be seen, over all segments. */
struct unseen {
	char refs[128]; /* the first of these segments */
	size_t segments;
	uint64_t attaches; /* by all processes */
	uint64_t unseen;   /* by processes that can't be seen */
};

static void add_unseen(struct unseen *all, const char *ref, uint64_t seen, uint64_t unseen)
{
	const size_t length = strlen(all->refs);

	all->segments++;
	all->attaches += seen + unseen;
	all->unseen += unseen;
	if (all->segments > UNSEEN_NAMED)
		return;
	snprintf(all->refs + length, sizeof(all->refs) - length, "%s%.24s", length > 0 ? ", " : "",
	         ref);
}

/* Print one note for all segments, since the reason is the same. */
static void note_unseen_attaches(const struct command_context *context, const struct unseen *all)
{
	if (all->segments == 1)
		message_note(&context->message, all->refs,
		             "attached %" PRIu64 " time%s, %" PRIu64
		             " of them by processes that can't be seen",
		             all->attaches, all->attaches == 1 ? "" : "s", all->unseen);
	else if (all->segments > 1)
		message_note(&context->message, NULL,
		             "%zu segments are attached %" PRIu64 " times, %" PRIu64
		             " of them by processes that can't be seen (%s%s)",
		             all->segments, all->attaches, all->unseen, all->refs,
		             all->segments > UNSEEN_NAMED ? ", ..." : "");
}

/* Print notes about one object. */
static void note_object(const struct command_context *context, const struct asked *asked,
                        size_t index, const struct user *users, size_t count, bool blind,
                        struct unseen *all)
{
	const struct used *used = &asked->used[index];
	const struct shm_object *object =
	    used->object != SIZE_MAX ? &asked->objects.objects[used->object] : NULL;
	uint64_t seen = 0;
	uint64_t unseen = 0;

	for (size_t i = 0; i < count; i++)
		seen += users[i].areas;
	if (object != NULL && object->kind == KIND_SHM)
		unseen = verdict_unseen_attaches(object, seen);
	if (object != NULL && (KIND_BIT(object->kind) & KINDS_OPERATED))
		note_operations(context, used);
	if (unseen > 0)
		add_unseen(all, used->ref, seen, unseen);
	else if (count == 0 && !asked->is_list)
		message_note(&context->message, used->ref, "no process%s uses it",
		             blind && (object == NULL || object->kind != KIND_SHM)
		                 ? " that can be seen"
		                 : "");
}

/* Print the totals. */
static void note_total(const struct command_context *context, const struct asked *asked,
                       const struct users_list *list)
{
	uint64_t bytes = 0;
	size_t objects = 0;
	size_t unknown = 0;

	for (size_t i = 0; i < list->count; i++) {
		const struct used *used = &asked->used[list->users[i].target];

		if (i > 0 && list->users[i].target == list->users[i - 1].target)
			continue;
		objects++;
		if (used->knows_used)
			bytes += used->used;
		else
			unknown++;
	}
	if (unknown == 0)
		message_note(&context->message, NULL,
		             "%zu object%s without a name, %" PRIu64 " byte%s", objects,
		             plural_s(objects), bytes, plural_s(bytes));
	else
		message_note(&context->message, NULL,
		             "%zu object%s without a name, %" PRIu64
		             " byte%s and those of %zu whose size can't be seen",
		             objects, plural_s(objects), bytes, plural_s(bytes), unknown);
}

/* Print the notes. If an object was not found, "no users" would be misleading. */
static void print_notes(const struct command_context *context, const struct users_options *options,
                        const struct asked *asked, const struct users_list *list, bool all_found)
{
	const bool filter_is_blind = list->count == 0 && asked->objects.usages != NULL;
	const struct users_blind *unseen =
	    filter_is_blind ? &asked->objects.usages->blind : &list->blind;
	const bool blind = users_are_blind(unseen);
	struct unseen attaches = { .segments = 0 };
	size_t first = 0;

	for (size_t i = 0; i < asked->count && !options->unnamed; i++) {
		size_t end = first;

		while (end < list->count && list->users[end].target == i)
			end++;
		note_object(context, asked, i, &list->users[first], end - first, blind, &attaches);
		first = end;
	}
	note_unseen_attaches(context, &attaches);
	if (options->unnamed)
		note_total(context, asked, list);
	else if (asked->is_list && list->count == 0 && all_found)
		message_note(&context->message, NULL, "no users%s%s",
		             asked->kinds & ~(unsigned int)(KINDS_MEMORY | KINDS_DEVSHM)
		                 ? ""
		                 : " of shared memory",
		             blind ? " can be seen" : "");
	note_left_out(context, &asked->objects, 1);
	note_blind(context, unseen);
}

static const char *columns_of(const struct users_options *options, unsigned int kinds)
{
	if (options->unnamed)
		return unnamed_columns;
	if (kinds & KINDS_OPERATED)
		return kinds & ~(unsigned int)KINDS_OPERATED ? mixed_columns : operation_columns;
	return options->each ? each_columns : default_columns;
}

static int print_rows(struct report *report, const struct asked *asked,
                      const struct users_list *list, const char *section_columns,
                      unsigned int needs, struct error *error)
{
	struct cgroup_cache cgroups = { .count = 0 };
	struct user_row *made = needed_array(list->count, sizeof(*made));
	const void **rows = needed_array(list->count, sizeof(*rows));
	const struct report_section section = {
		.title = asked->kinds & ~(unsigned int)KINDS_OPERATED ? "Shared Memory Users"
		                                                      : "Queue and Semaphore Users",
		.columns = section_columns,
		.rows = rows,
		.count = list->count,
	};
	int result;

	for (size_t i = 0; i < list->count; i++) {
		made[i].user = &list->users[i];
		made[i].used = &asked->used[list->users[i].target];
		made[i].has_resident = (needs & USERS_NEED_RESIDENT) != 0;
		if (needs & USERS_NEED_CGROUP)
			made[i].cgroup = cgroup_cache_find(&cgroups, made[i].user->pid);
		if (needs & USERS_NEED_ARGUMENTS)
			made[i].arguments = process_arguments(made[i].user->pid, ARGUMENTS_MAX);
		if ((needs & USERS_NEED_ROLE) && made[i].used->object != SIZE_MAX)
			made[i].role = object_channel_role(
			    &asked->objects.objects[made[i].used->object], made[i].user->pid);
		rows[i] = &made[i];
	}
	result = report_sections(report, &section, 1, error);
	cgroup_cache_free(&cgroups);
	for (size_t i = 0; i < list->count; i++)
		free(made[i].arguments);
	free(made);
	free(rows);
	return result;
}

/* Find the requested objects. Failures are reported on stderr. */
static enum exit_status ask(const struct command_context *context,
                            const struct users_options *options, const struct object_filter *filter,
                            const struct ref_list *refs, struct asked *asked)
{
	enum exit_status status = refs->status;
	unsigned int unnamed_kinds;
	struct error error;
	int result = 0;

	asked->is_list = refs->refs == NULL;
	for (size_t i = 0; !asked->is_list && i < refs->count; i++) {
		if (ask_ref(asked, &refs->refs[i], &error) < 0) {
			message_error(&context->message, refs->refs[i].text, &error);
			status = STATUS_FAILED;
		}
	}
	if (options->unnamed) {
		result = filter_options_unnamed(&options->filter, &unnamed_kinds, &error);
		if (result == 0)
			result = ask_all_unnamed(filter, unnamed_kinds, asked, &error);
	} else if (asked->is_list) {
		result = ask_listed(filter, asked, &error);
	}
	if (result < 0) {
		message_error(&context->message, NULL, &error);
		status = STATUS_FAILED;
	}
	return status;
}

/* Keep only the users of objects that a process uses. */
static void keep_used_by(struct users_list *list, pid_t pid)
{
	size_t kept = 0;
	size_t end;

	for (size_t first = 0; first < list->count; first = end) {
		bool is_used = false;

		for (end = first;
		     end < list->count && list->users[end].target == list->users[first].target;
		     end++)
			is_used |= list->users[end].pid == pid;
		for (size_t i = first; is_used && i < end; i++)
			list->users[kept++] = list->users[i];
	}
	list->count = kept;
}

/* Add the users of queues and semaphore sets, which are not in the scan. */
static int add_operators(struct asked *asked, struct users_list *list, struct error *error)
{
	struct waiters waiters;
	const int result = waiters_scan(&waiters, error);

	for (size_t i = 0; result == 0 && i < asked->count; i++) {
		struct used *used = &asked->used[i];

		if (used->object != SIZE_MAX &&
		    (KIND_BIT(asked->objects.objects[used->object].kind) & KINDS_OPERATED))
			operators_add(&waiters, &asked->objects.objects[used->object], i, list,
			              &used->limits);
	}
	users_sort(list);
	if (!users_are_blind(&list->blind))
		list->blind = waiters.blind;
	waiters_free(&waiters);
	return result;
}

static enum exit_status show(const struct command_context *context,
                             const struct users_options *options, struct report *report,
                             const struct object_filter *filter, const struct ref_list *refs)
{
	struct asked asked = { .kinds = kinds_of(filter, refs) };
	const char *section_columns = columns_of(options, asked.kinds);
	const unsigned int needs = report_needs(report, section_columns);
	struct users_list list = { .count = 0 };
	enum exit_status status = ask(context, options, filter, refs, &asked);
	const struct users_request request = {
		.targets = asked.targets,
		.count = asked.count,
		.each = options->each,
		.resident = (needs & USERS_NEED_RESIDENT) != 0,
	};
	struct error error;
	bool looked = true;

	asked_describe(&asked, (needs & USERS_NEED_USED) != 0);
	if (needs & USERS_NEED_LABEL)
		asked_label(&asked);
	/*
	 * Scan even if no memory without a name was found, to report processes that can't be
	 * inspected.
	 */
	if (asked.count > 0 || options->unnamed)
		looked = users_scan(&request, &list, &error) == 0;
	if (looked && (asked.kinds & KINDS_OPERATED))
		looked = add_operators(&asked, &list, &error) == 0;
	if (options->unnamed)
		asked_add_holders(&asked, &list);
	if (options->unnamed && filter->used_by.given)
		keep_used_by(&list, (pid_t)filter->used_by.id);
	if (looked && list.blind.no_proc) {
		error_set(&error, STATUS_FAILED, "/proc is not mounted, so no process can be seen");
		looked = false;
	}
	if (!looked) {
		message_error(&context->message, NULL, &error);
		status = STATUS_FAILED;
	}
	if (options->check) {
		status = check_users(context, &asked, &list, status);
		report_discard(report);
	} else {
		if (print_rows(report, &asked, &list, section_columns, needs, &error) < 0) {
			message_error(&context->message, NULL, &error);
			status = STATUS_FAILED;
		}
		users_totals_print(report, &asked, &list);
		report_close(report);
		if (looked && (asked.count > 0 || asked.is_list))
			print_notes(context, options, &asked, &list, status == STATUS_DONE);
	}
	users_free(&list);
	asked_free(&asked);
	return status;
}

/* Reject contradictory options. */
static int check(const struct users_options *options, const struct ref_list *refs,
                 struct error *error)
{
	unsigned int unnamed_kinds;

	if (refs->refs != NULL && (options->unnamed || filter_options_given(&options->filter)))
		return error_set(error, STATUS_USAGE, "REFs can't be combined with %s",
		                 options->unnamed ? "--unnamed" : "filters");
	if (options->check && (options->each || format_options_given(&options->format)))
		return error_set(error, STATUS_USAGE,
		                 "--check prints nothing: it can't be combined with %s",
		                 options->each ? "--each" : "output options");
	if (place_options_check(&options->place, refs->refs != NULL,
	                        options->unnamed ? "--unnamed" : NULL, error) < 0)
		return -1;
	if (options->unnamed)
		return filter_options_unnamed(&options->filter, &unnamed_kinds, error);
	return filter_options_check(&options->filter, place_options_have_trees(&options->place),
	                            error);
}

static enum exit_status run(const struct command_context *context, const void *parsed, int argc,
                            char **operands)
{
	const struct users_options *options = parsed;
	struct ref_list refs = { .count = 0 };
	struct format_options format;
	struct object_filter filter;
	struct report *report = NULL;
	enum exit_status opened;
	enum exit_status status;
	struct error error;

	pager_allow(options->no_pager);
	if (format_options_want_help(&options->format)) {
		report_list_columns(&user_columns);
		return STATUS_DONE;
	}
	if (options->check)
		memory_end_with(STATUS_UNKNOWN);
	privileges_keep(
	    PRIVILEGE_LOOK |
	    (options->unnamed || refs_name_mapping(argc, operands) ? PRIVILEGE_FOLLOW : 0U) |
	    (options->unnamed ? PRIVILEGE_MOUNTS : 0U) |
	    (options->place.pid.given ? PRIVILEGE_ENTER : 0U));
	if (place_options_operands(context, &options->place, argc, operands) < 0)
		return STATUS_USAGE;
	if (argc > 0 && refs_parse(context, REF_USED, argc, operands, &refs) < 0) {
		refs_free(&refs);
		return refs.status;
	}
	filter_options_resolve(&options->filter, &filter);
	place_options_begin(&options->place, true, &filter);
	if (place_options_enter(context, &options->place) < 0) {
		refs_free(&refs);
		return options->check ? STATUS_UNKNOWN : STATUS_FAILED;
	}
	opened = place_options_select(&options->place, &filter);
	/* Memory without a name belongs to no namespace, and is none of the kinds of objects. */
	if (options->unnamed)
		filter.kinds = KIND_BIT(KIND_PSHM);
	else
		note_used_elsewhere(context, &filter);
	if (argc == 0)
		omit_unlisted_queues(context, &filter);
	if (check(options, &refs, &error) == 0 &&
	    format_options_resolve(&options->format, &format, &error) == 0)
		report = report_open(&user_columns, &format,
		                     options->unnamed ? user_unnamed_machine_columns
		                     : kinds_of(&filter, &refs) & KINDS_OPERATED
		                         ? user_operation_machine_columns
		                         : user_machine_columns,
		                     &error);
	if (report == NULL) {
		message_error(&context->message, NULL, &error);
		status = error.status;
	} else {
		status = show(context, options, report, &filter, &refs);
		/* With --check, a use that was found is certain. */
		if (opened != STATUS_DONE && options->check && status == STATUS_FAILED)
			status = STATUS_UNKNOWN;
		else if (status == STATUS_DONE && !options->check)
			status = opened;
	}
	refs_free(&refs);
	return status;
}

static void release(void *options)
{
	filter_options_free(&((struct users_options *)options)->filter);
}

static const struct option_hint hints[] = {
	REF_OPTION_HINTS,
};

const struct command users_command = {
	.name = "users",
	.summary = "List the processes that use an object",
	.operands = "[REF...]",
	.max_operands = -1,
	.groups = groups,
	.group_count = OPTION_COUNT(groups),
	.options_size = sizeof(struct users_options),
	.common_offset = offsetof(struct users_options, common),
	.columns = &user_columns,
	.complete_operand = complete_refs_and_files,
	.operand_subset = KINDS_ALL,
	.option_hints = hints,
	.run = run,
	.release = release,
};
