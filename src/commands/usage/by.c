/*
 * shmtool usage --by: totals of memory by owner, command, control group and the like.
 */
#include "base/memory.h"
#include "commands/shared/accounting/by_groups.h"
#include "commands/shared/accounting/collect.h"
#include "commands/shared/blindness.h"
#include "commands/usage/by_columns.h"
#include "commands/usage/usage.h"
#include "output/report.h"

#include <stdio.h>
#include <stdlib.h>

/*
 * The kinds of memory without a name. Here, removed files of POSIX_DIRECTORY are of the kind
 * "removed" as those of any tmpfs, while "pshm" has only objects.
 */
static unsigned int unnamed_kinds(const struct filter_list *list)
{
	const unsigned int kinds = filter_options_unnamed_kinds(list);

	if (kinds & UNNAMED_BIT(UNNAMED_FILE))
		return kinds | UNNAMED_BIT(UNNAMED_OBJECT);
	return kinds & ~UNNAMED_BIT(UNNAMED_OBJECT);
}

/* Derive the items to collect from the options. */
static void make_request(const struct usage_options *options, struct object_filter *filter,
                         struct by_request *request)
{
	const struct filter_options *given = &options->filter;
	const bool has_directories = options->place.directories.count > 0;
	/* Memory without a name has no key and no family, and is always in use. */
	const bool only_objects = given->filter.key.count > 0 || given->filter.creator.count > 0 ||
	                          given->filter.family.count > 0 || given->filter.with_messages ||
	                          given->unused || given->orphaned || given->abandoned ||
	                          has_directories;

	filter_options_resolve(given, filter);
	filter->kinds &= KINDS_ALL;
	if (given->kinds.count == 0 && given->filter.family.count == 0)
		filter->kinds |= KINDS_MAPPED;
	*request = (struct by_request){
		.filter = filter,
		.unnamed = only_objects ? 0 : unnamed_kinds(&given->kinds),
		.with_namespaces = !has_directories && (filter->kinds & KINDS_SYSV) != 0,
		.with_mounts = !has_directories && !filter_options_given(given),
		.with_places = true,
		.with_files =
		    has_directories || options->place.recursive || by_needs_objects(&options->by),
		.with_families = by_has(&options->by, BY_FAMILY),
		.with_users = by_needs_users(&options->by),
	};
}

static void note_unseen_memory(const struct command_context *context, const struct by_items *items)
{
	struct users_blind blind = { .processes = 0 };

	if (items->left_out > 0)
		message_note(&context->message, NULL,
		             "%zu object%s omitted: it is unknown whether %s used", items->left_out,
		             items->left_out == 1 ? " is" : "s are",
		             items->left_out == 1 ? "it is" : "they are");
	if (items->unknown > 0)
		message_note(&context->message, NULL,
		             "the memory of %zu object%s or file system%s is unknown",
		             items->unknown, plural_s(items->unknown), plural_s(items->unknown));
	if (items->is_partial)
		message_note(&context->message, NULL,
		             "some directories can't be read; their files are added up as a whole");
	if (items->hidden > 0)
		message_note(&context->message, NULL,
		             "the System V objects of %zu IPC namespace%s can't be listed",
		             items->hidden, plural_s(items->hidden));
	usage_find_blind(&blind);
	note_blind(context, &blind);
}

/* Print the groups, then those that were cut off as one row, then the sum. */
static int print(struct report *report, const struct by_list *by, const struct by_groups *groups,
                 struct error *error)
{
	const size_t kept = groups->count - groups->rest_count;
	struct by_row *rows = needed_array(kept + 2, sizeof(*rows));
	const void **pointers = needed_array(kept + 2, sizeof(*pointers));
	struct report_section section = { .rows = pointers, .pinned = 1 };
	char *columns = by_default_columns(by, groups, report_is_for_terminal(report));
	char *title = by_title(by);
	int result;

	for (size_t i = 0; i < kept; i++)
		by_row_set(&rows[section.count++], "group", groups->groups[i]->total, groups);
	for (size_t i = 0; i < kept; i++) {
		rows[i].key = &groups->groups[i]->key;
		rows[i].others = groups->groups[i]->others;
	}
	if (groups->rest_count > 0) {
		by_row_set(&rows[section.count++], "others", groups->rest, groups);
		section.pinned++;
	}
	by_row_set(&rows[section.count++], "sum", groups->sum, groups);
	for (size_t i = 0; i < section.count; i++)
		pointers[i] = &rows[i];
	section.title = title;
	section.columns = columns;
	result = report_sections(report, &section, 1, error);
	free(columns);
	free(title);
	free(pointers);
	free(rows);
	return result;
}

enum exit_status usage_by(const struct command_context *context,
                          const struct usage_options *options, const struct format_options *format)
{
	struct by_context closure = {
		.by = &options->by,
		.is_table = format->format == FORMAT_TABLE,
	};
	const struct column_set set = by_columns_in(&closure);
	char *machine = by_machine_columns(&options->by);
	struct object_filter filter;
	struct by_request request;
	struct by_items items;
	struct by_groups groups;
	enum exit_status status;
	struct report *report;
	struct error error;

	report = report_open(&set, format, machine, &error);
	free(machine);
	if (report == NULL) {
		message_error(&context->message, NULL, &error);
		return error.status;
	}
	make_request(options, &filter, &request);
	omit_unlisted_queues(context, &filter);
	if (place_options_enter(context, &options->place) < 0) {
		report_discard(report);
		return STATUS_FAILED;
	}
	status = place_options_select(&options->place, &filter);
	if (by_items_collect(&request, &items, &error) < 0) {
		message_error(&context->message, NULL, &error);
		status = STATUS_FAILED;
	}
	by_groups_make(&items, &options->by, options->top.number, &groups);
	if (print(report, &options->by, &groups, &error) < 0) {
		message_error(&context->message, NULL, &error);
		status = STATUS_FAILED;
	}
	report_close(report);
	note_unseen_memory(context, &items);
	by_groups_free(&groups);
	by_items_free(&items);
	return status;
}
