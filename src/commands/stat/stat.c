/*
 * shmtool stat: list all objects that match the filters, or show all details of some.
 */
#include "commands/commands.h"
#include "commands/shared/blindness.h"
#include "commands/shared/complete.h"
#include "commands/shared/filter_options.h"
#include "commands/shared/format_options.h"
#include "commands/shared/leftovers.h"
#include "commands/shared/object_columns.h"
#include "commands/shared/object_sections.h"
#include "commands/shared/object_totals.h"
#include "commands/shared/place_options.h"
#include "commands/shared/refs.h"
#include "commands/shared/set_members.h"
#include "commands/stat/all_namespaces.h"
#include "objects/inventory.h"
#include "objects/sum.h"
#include "objects/unlisted.h"
#include "output/pager.h"
#include "output/report.h"
#include "system/privileges.h"
#include "usage/choose.h"
#include "usage/verdict.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <bsd/string.h>

struct stat_options {
	struct place_options place;
	bool elements;
	bool all_namespaces;
	struct filter_options filter;
	struct format_option_values format;
	bool no_pager;
	struct common_options common;
};

static const struct option_spec specs[] = {
	{ "elements", 0, NULL, "list the semaphores of System V sets, one row each", NULL, NULL,
	  offsetof(struct stat_options, elements), 0 },
	{ "all-namespaces", 0, NULL, "list objects of every IPC namespace on this machine", NULL,
	  NULL, offsetof(struct stat_options, all_namespaces), 0 },
};

static const struct option_group groups[] = {
	{ "What to show", specs, OPTION_COUNT(specs), 0 },
	FILTER_OPTION_GROUP(struct stat_options, filter),
	FORMAT_OPTION_GROUP(struct stat_options, format, FORMAT_OPTION_COUNT),
	PAGER_OPTION_GROUP(struct stat_options, no_pager),
	PLACE_OPTION_GROUP(struct stat_options, place, PLACE_OPTION_COUNT),
	COMMON_OPTION_GROUP(struct stat_options, common),
};

/*
 * For -v: the number of objects and their memory. Queues are left out of the sum, since their size
 * is only a limit.
 */
static void note_total(const struct command_context *context, const struct object_list *list)
{
	const char *plural = list->count == 1 ? "" : "s";
	bool any_memory = list->count == 0;
	struct object_sum sum = { .files = 0 };

	for (size_t i = 0; i < list->count; i++) {
		if (!(KIND_BIT(list->objects[i].kind) & KINDS_MAPPED))
			continue;
		any_memory = true;
		object_sum_add(&sum, &list->objects[i]);
	}
	object_sum_end(&sum);
	if (any_memory)
		message_note(&context->message, NULL, "%zu object%s, %" PRIu64 " byte%s",
		             list->count, plural, sum.bytes, plural_s(sum.bytes));
	else
		message_note(&context->message, NULL, "%zu object%s", list->count, plural);
}

/* The note if no object was found. */
static void note_none(const struct command_context *context, const struct object_filter *filter)
{
	const char *what = filter->kinds & ~(unsigned int)KINDS_MEMORY ? "" : "shared memory ";

	message_note(&context->message, NULL, "no %sobjects%s", what,
	             filter_takes_all(filter) ? "" : " match the filters");
}

/* Report the contents of POSIX_DIRECTORY that no listing shows. */
static void note_unlisted(const struct command_context *context, const struct object_filter *filter)
{
	const bool has_semaphores = (filter->kinds & KIND_BIT(KIND_PSEM)) != 0;
	char text[UNLISTED_TEXT_SIZE];
	struct unlisted unlisted;
	struct error error;

	if (!(filter->kinds & KINDS_DEVSHM) || !filter_takes_all(filter) ||
	    filter->tree_count > 0 || filter->recursive)
		return;
	if (unlisted_read(&unlisted, &error) < 0) {
		message_note(&context->message, NULL, "%s", error.text);
		return;
	}
	unlisted_text(&unlisted, !has_semaphores, UNLISTED_BYTES, text);
	if (text[0] != '\0')
		message_note(&context->message, NULL, "%s also contains %s", POSIX_DIRECTORY, text);
}

/* OBJECTS receives the namespaces, for the columns about them. */
static enum exit_status list_everywhere(const struct command_context *context,
                                        struct report *report, const struct object_filter *filter,
                                        struct object_context *objects)
{
	unsigned int needs[KIND_COUNT];
	struct all_namespaces all;
	enum exit_status status;
	struct error error;

	object_sections_needs(report, filter, true, needs);
	status = all_namespaces_list(context, filter, needs, &all);
	objects->namespaces = &all.namespaces;
	if (all.objects.count == 0 && status == STATUS_DONE)
		note_none(context, filter);
	if (object_sections_print(report, &all.objects, filter, true, &error) < 0) {
		message_error(&context->message, NULL, &error);
		status = STATUS_FAILED;
	}
	object_totals_print(report, &all.objects);
	report_close(report);
	if (all.lists != NULL)
		note_unseen(context, all.lists, all.namespaces.count);
	if (context->verbose) {
		const size_t count = ipc_namespaces_count(&all.namespaces);

		message_note(&context->message, NULL, "%zu IPC namespace%s", count,
		             count == 1 ? "" : "s");
	}
	objects->namespaces = NULL;
	all_namespaces_free(&all);
	return status;
}

static enum exit_status list_objects(const struct command_context *context, struct report *report,
                                     struct object_filter *filter)
{
	/* The column use that a terminal gets unasked says "unknown" where that is so. */
	const bool asked = !report_is_for_terminal(report) || filter->uses != 0 ||
	                   filter->used_by.given || (report_named_needs(report) & NEED_USERS) != 0;
	unsigned int needs[KIND_COUNT];
	struct object_list list = { .count = 0 };
	enum exit_status status = STATUS_DONE;
	struct error error;

	omit_unlisted_queues(context, filter);
	object_sections_needs(report, filter, false, needs);
	if (choose_list(filter, needs, &list, &error) < 0) {
		message_error(&context->message, NULL, &error);
		status = STATUS_FAILED;
	} else if (list.count == 0) {
		note_none(context, filter);
		note_unlisted(context, filter);
	}
	if (object_sections_print(report, &list, filter, false, &error) < 0) {
		message_error(&context->message, NULL, &error);
		status = STATUS_FAILED;
	}
	object_totals_print(report, &list);
	report_close(report);
	if ((filter->kinds & KINDS_DEVSHM) && filter->tree_count == 0)
		note_leftovers(context);
	if (asked)
		note_unseen(context, &list, 1);
	if (context->verbose)
		note_total(context, &list);
	object_list_free(&list);
	return status;
}

/* After the details of semaphore sets, print a table of their semaphores. */
static enum exit_status append_elements(const struct command_context *context,
                                        const struct format_options *asked,
                                        const struct object_list *list)
{
	struct format_options format = *asked;
	enum exit_status status = STATUS_FAILED;
	bool any = false;
	struct report *report;
	struct error error;

	for (size_t i = 0; i < list->count; i++)
		any = any || list->objects[i].kind == KIND_SEM;
	if (!any || asked->format != FORMAT_TABLE || asked->columns != NULL)
		return STATUS_DONE;
	format.sort = NULL;
	report = report_open(&set_member_columns, &format, NULL, &error);
	if (report == NULL) {
		message_error(&context->message, NULL, &error);
	} else {
		putchar('\n');
		status = set_members_print(context, report, list, MEMBERS_BESIDE_DETAILS);
		report_close(report);
	}
	return status;
}

static enum exit_status show_objects(const struct command_context *context, struct report *report,
                                     const struct format_options *format,
                                     const struct ref_list *refs)
{
	struct object_list list = { .count = 0 };
	enum exit_status status = refs_find(context, refs, &list);

	if (object_details_print(context, report, &list) != STATUS_DONE)
		status = STATUS_FAILED;
	report_close(report);
	/* By default, column why says it for each object. */
	if (format->columns != NULL)
		note_unseen(context, &list, 1);
	if (append_elements(context, format, &list) != STATUS_DONE)
		status = STATUS_FAILED;
	object_list_free(&list);
	return status;
}

/* Print the semaphores of the sets that REFs name, or of all that match the filters. */
static enum exit_status show_elements(const struct command_context *context, struct report *report,
                                      const struct object_filter *filter,
                                      const struct ref_list *refs)
{
	const unsigned int needs[KIND_COUNT] = { 0 };
	struct object_filter sets = *filter;
	struct object_list list = { .count = 0 };
	enum exit_status status = STATUS_DONE;
	struct error error;

	sets.kinds = KIND_BIT(KIND_SEM);
	if (refs->count > 0) {
		status = refs_find(context, refs, &list);
	} else if (choose_list(&sets, needs, &list, &error) < 0) {
		message_error(&context->message, NULL, &error);
		status = STATUS_FAILED;
	} else if (list.count == 0) {
		message_note(&context->message, NULL, "no semaphore sets");
	}
	if (set_members_print(context, report, &list,
	                      refs->count > 0 ? MEMBERS_OF_REFS : MEMBERS_OF_LIST) != STATUS_DONE)
		status = STATUS_FAILED;
	report_close(report);
	object_list_free(&list);
	return status;
}

/* Reject contradictory options. */
static int check(const struct stat_options *options, const struct object_filter *filter,
                 const struct ref_list *refs, struct error *error)
{
	if (filter_options_check(&options->filter, place_options_have_trees(&options->place),
	                         error) < 0 ||
	    place_options_check(&options->place, refs->count > 0,
	                        options->elements ? "--elements" : NULL, error) < 0)
		return -1;
	if (options->all_namespaces && options->place.directories.count > 0)
		return error_set(error, STATUS_USAGE,
		                 "--all-namespaces can't be combined with --dir");
	if (refs->count > 0 && filter_options_given(&options->filter))
		return error_set(error, STATUS_USAGE, "REFs can't be combined with filters");
	if (options->all_namespaces && (refs->count > 0 || options->place.pid.given))
		return error_set(error, STATUS_USAGE,
		                 "--all-namespaces can't be combined with REFs or --ns: these "
		                 "name one namespace");
	if (options->all_namespaces && options->elements)
		return error_set(error, STATUS_USAGE,
		                 "--all-namespaces can't be combined with --elements");
	if (!options->elements)
		return 0;
	for (size_t i = 0; refs->refs != NULL && i < refs->count; i++) {
		if (refs->refs[i].object != KIND_SEM)
			return error_set(error, STATUS_USAGE,
			                 "--elements lists semaphore sets: %s is not one",
			                 refs->refs[i].text);
	}
	if (options->filter.kinds.count > 0 && !(filter->kinds & KIND_BIT(KIND_SEM)))
		return error_set(error, STATUS_USAGE,
		                 "--elements lists semaphore sets: use --kind sem");
	return 0;
}

/* The kinds that REFs name. */
static unsigned int kinds_of_refs(const struct ref_list *refs)
{
	unsigned int kinds = 0;

	for (size_t i = 0; i < refs->count; i++)
		kinds |= KIND_BIT(refs->refs[i].object);
	return kinds;
}

/*
 * Load the families if columns need them. By default, details only show what is known: a failure is one
 * if a column was named.
 */
static enum exit_status load_families(const struct command_context *context,
                                      const struct report *report,
                                      const struct object_filter *filter,
                                      const struct ref_list *refs, struct object_context *objects)
{
	const bool is_list = refs->refs == NULL;
	const unsigned int kinds = is_list ? KINDS_ALL : kinds_of_refs(refs);
	unsigned int needs[KIND_COUNT];
	unsigned int all = is_list ? 0 : report_needs(report, NULL);
	struct error error;

	object_sections_needs(report, filter, false, needs);
	for (unsigned int kind = 0; is_list && kind < KIND_COUNT; kind++)
		all |= needs[kind];
	if (!(all & NEED_FAMILY) || object_families_begin(&objects->families, kinds, &error) == 0)
		return STATUS_DONE;
	if (is_list || (report_named_needs(report) & NEED_FAMILY)) {
		message_error(&context->message, NULL, &error);
		return STATUS_FAILED;
	}
	message_note(&context->message, NULL, "families are unknown: %s", error.text);
	return STATUS_DONE;
}

static enum exit_status show(const struct command_context *context,
                             const struct stat_options *options, const struct ref_list *refs)
{
	const bool is_list = refs->refs == NULL;
	struct object_context objects = { .now = time(NULL) };
	const struct column_set set = object_columns_in(&objects);
	struct format_options format;
	struct object_filter filter;
	struct report *report = NULL;
	enum exit_status loaded;
	enum exit_status status;
	char columns[192]; /* not kept by the report */
	struct error error;
	unsigned int kinds;

	filter_options_resolve(&options->filter, &filter);
	place_options_begin(&options->place, options->filter.kinds.count > 0, &filter);
	kinds = is_list ? filter.kinds : kinds_of_refs(refs);
	snprintf(columns, sizeof(columns), "%s%s", object_machine_columns(kinds),
	         options->all_namespaces ? NAMESPACE_COLUMNS : "");
	if (check(options, &filter, refs, &error) == 0 &&
	    format_options_resolve(&options->format, &format, &error) == 0)
		report = options->elements ? report_open(&set_member_columns, &format, NULL, &error)
		                           : report_open(&set, &format, columns, &error);
	if (report == NULL) {
		message_error(&context->message, NULL, &error);
		return error.status;
	}
	if (place_options_enter(context, &options->place) < 0) {
		report_discard(report);
		return STATUS_FAILED;
	}
	loaded = place_options_select(&options->place, &filter);
	if (!options->elements &&
	    load_families(context, report, &filter, refs, &objects) != STATUS_DONE)
		loaded = STATUS_FAILED;
	if (options->elements)
		status = show_elements(context, report, &filter, refs);
	else if (options->all_namespaces)
		status = list_everywhere(context, report, &filter, &objects);
	else if (is_list) {
		note_used_elsewhere(context, &filter);
		status = list_objects(context, report, &filter);
	} else
		status = show_objects(context, report, &format, refs);
	object_context_end(&objects);
	return status == STATUS_DONE ? loaded : status;
}

static enum exit_status run(const struct command_context *context, const void *parsed, int argc,
                            char **operands)
{
	const struct stat_options *options = parsed;
	struct ref_list refs = { .count = 0 };
	enum exit_status status;

	pager_allow(options->no_pager);
	if (format_options_want_help(&options->format)) {
		report_list_columns(options->elements ? &set_member_columns : &object_columns);
		return STATUS_DONE;
	}
	privileges_keep(
	    PRIVILEGE_LOOK | (refs_name_mapping(argc, operands) ? PRIVILEGE_FOLLOW : 0U) |
	    (options->all_namespaces || options->place.pid.given ? PRIVILEGE_ENTER : 0U));
	if (place_options_operands(context, &options->place, argc, operands) < 0)
		return STATUS_USAGE;
	if (argc > 0 && refs_parse(context, REF_SHOWN, argc, operands, &refs) < 0)
		status = refs.status;
	else
		status = show(context, options, &refs);
	refs_free(&refs);
	return status;
}

static void release(void *options)
{
	filter_options_free(&((struct stat_options *)options)->filter);
}

static const struct option_hint hints[] = {
	{ "-l", "for limits, use shmtool limits" },
	{ "-u", "for totals, use -v or shmtool limits" },
	{ "-a", "for all kinds, use --kind all" },
	{ "-m", "for segments, use --kind shm" },
	{ "-s", "for semaphore sets, use --kind sem" },
	{ "-i", "to show one object, use its REF: shmtool stat 123" },
	{ "-p", "for creator and last user, use -o +cpid,lpid" },
	{ "-c", "for creators, use -o +creator" },
	{ "-t", "for times, use -o +atime,dtime,ctime" },
	REF_OPTION_HINTS,
};

const struct command stat_command = {
	.name = "stat",
	.alias = "ls",
	.summary = "List shared memory, queues and semaphores, or show all details of some",
	.operands = "[REF...]",
	.max_operands = -1,
	.groups = groups,
	.group_count = OPTION_COUNT(groups),
	.options_size = sizeof(struct stat_options),
	.common_offset = offsetof(struct stat_options, common),
	.columns = &object_columns,
	.other_option = "--elements",
	.other_columns = &set_member_columns,
	.complete_operand = complete_refs,
	.operand_subset = KINDS_ALL,
	.option_hints = hints,
	.run = run,
	.release = release,
};
