/*
 * shmtool stat: list all objects that pass the filters, or show everything about some.
 */
#include "commands/commands.h"
#include "commands/common/complete.h"
#include "commands/common/filter_options.h"
#include "commands/common/format_options.h"
#include "commands/common/object_columns.h"
#include "commands/common/refs.h"
#include "ipc/inventory.h"
#include "output/report.h"

#include <inttypes.h>
#include <stdlib.h>

struct stat_options {
	struct filter_options filter;
	struct format_option_values format;
	struct common_options common;
};

static const struct option_group groups[] = {
	FILTER_OPTION_GROUP(struct stat_options, filter),
	FORMAT_OPTION_GROUP(struct stat_options, format, FORMAT_OPTION_COUNT),
	COMMON_OPTION_GROUP(struct stat_options, common),
};

/* The first of some kinds; System V segments if there is none. */
static enum object_kind first_kind(unsigned int kinds)
{
	unsigned int kind = 0;

	while (kind < KIND_COUNT && !(kinds & KIND_BIT(kind)))
		kind++;
	return kind < KIND_COUNT ? (enum object_kind)kind : KIND_SHM;
}

/*
 * The sections that have rows; objects are listed kind by kind. When none has, an empty table of
 * the first kind that was asked for.
 */
static int print_sections(struct report *report, const struct object_list *list,
                          const struct object_filter *filter, struct error *error)
{
	struct report_section sections[KIND_COUNT];
	const void **rows = calloc(list->count + 1, sizeof(*rows));
	size_t section_count = 0;
	int result;

	if (rows == NULL)
		return error_set(error, STATUS_FAILED, "out of memory");
	for (size_t i = 0; i < list->count || section_count == 0; i++) {
		bool empty = list->count == 0;
		enum object_kind kind = empty ? first_kind(filter->kinds) : list->objects[i].kind;

		if (i == 0 || kind != list->objects[i - 1].kind)
			sections[section_count++] = (struct report_section){
				.title = object_section_title(kind),
				.columns = object_section_columns(kind),
				.rows = &rows[i],
			};
		if (empty)
			break;
		rows[i] = &list->objects[i];
		sections[section_count - 1].count++;
	}
	result = report_sections(report, sections, section_count, error);
	free(rows);
	return result;
}

/* For -v: how many, and how much. */
static void tell_total(const struct command_context *context, const struct object_list *list)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < list->count; i++) {
		if (__builtin_add_overflow(bytes, list->objects[i].bytes, &bytes))
			bytes = UINT64_MAX;
	}
	message_note(&context->message, NULL, "%zu object%s, %" PRIu64 " bytes", list->count,
	             list->count == 1 ? "" : "s", bytes);
}

static enum exit_status list_objects(const struct command_context *context, struct report *report,
                                     const struct object_filter *filter)
{
	unsigned int needs[KIND_COUNT];
	struct object_list list = { .count = 0 };
	enum exit_status status = STATUS_DONE;
	struct error error;

	for (unsigned int kind = 0; kind < KIND_COUNT; kind++) {
		needs[kind] = 0;
		if (filter->kinds & KIND_BIT(kind))
			needs[kind] =
			    report_needs(report, object_section_columns((enum object_kind)kind));
	}
	if (inventory_list(filter, needs, &list, &error) < 0) {
		message_error(&context->message, NULL, &error);
		status = STATUS_FAILED;
	} else if (list.count == 0) {
		message_note(&context->message, NULL, "no shared memory objects%s",
		             filter_takes_all(filter) ? "" : " that pass the filters");
	}
	if (print_sections(report, &list, filter, &error) < 0) {
		message_error(&context->message, NULL, &error);
		status = STATUS_FAILED;
	}
	if (context->verbose)
		tell_total(context, &list);
	object_list_free(&list);
	return status;
}

static enum exit_status show_objects(const struct command_context *context, struct report *report,
                                     const struct ref_list *refs)
{
	const unsigned int need = report_needs(report, NULL);
	const unsigned int needs[KIND_COUNT] = { need, need, need };
	const void **rows = calloc(refs->count + 1, sizeof(*rows));
	struct object_list list = { .count = 0 };
	enum exit_status status = refs->status;
	struct error error;

	for (size_t i = 0; i < refs->count; i++) {
		if (inventory_find(&refs->refs[i], &list, &error) < 0) {
			message_error(&context->message, refs->refs[i].text, &error);
			status = STATUS_FAILED;
		}
	}
	inventory_collect(&list, needs);
	for (size_t i = 0; rows != NULL && i < list.count; i++)
		rows[i] = &list.objects[i];
	if (rows == NULL)
		error_set(&error, STATUS_FAILED, "out of memory");
	if (rows == NULL ||
	    report_details(report, object_block_title, rows, list.count, &error) < 0) {
		message_error(&context->message, NULL, &error);
		status = STATUS_FAILED;
	}
	free(rows);
	object_list_free(&list);
	return status;
}

static enum exit_status run(const struct command_context *context, const void *parsed, int argc,
                            char **operands)
{
	const struct stat_options *options = parsed;
	struct format_options format;
	struct object_filter filter;
	struct ref_list refs = { .count = 0 };
	struct report *report;
	enum exit_status status;
	struct error error;

	if (format_options_want_help(&options->format)) {
		report_list_columns(&object_columns);
		return STATUS_DONE;
	}
	if (argc > 0 && filter_options_given(&options->filter)) {
		error_set(&error, STATUS_USAGE, "REFs and filters exclude each other");
		message_error(&context->message, NULL, &error);
		return STATUS_USAGE;
	}
	if (format_options_resolve(&options->format, &format, &error) < 0) {
		message_error(&context->message, NULL, &error);
		return error.status;
	}
	report = report_open(&object_columns, &format, object_machine_columns, &error);
	if (report == NULL) {
		message_error(&context->message, NULL, &error);
		return error.status;
	}
	if (argc == 0) {
		filter_options_resolve(&options->filter, &filter);
		status = list_objects(context, report, &filter);
		report_close(report);
	} else if (refs_parse(context, argc, operands, &refs) < 0) {
		status = refs.status;
		report_discard(report);
	} else {
		status = show_objects(context, report, &refs);
		report_close(report);
	}
	refs_free(&refs);
	return status;
}

const struct command stat_command = {
	.name = "stat",
	.alias = "ls",
	.summary = "List shared memory, or show everything about some of it",
	.operands = "[REF...]",
	.max_operands = -1,
	.groups = groups,
	.group_count = OPTION_COUNT(groups),
	.options_size = sizeof(struct stat_options),
	.common_offset = offsetof(struct stat_options, common),
	.columns = &object_columns,
	.complete_operand = complete_refs,
	.run = run,
};
