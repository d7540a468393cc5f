/*
 * shmtool limits: every limit, what is used of it, and what to do near the edge.
 */
#include "commands/commands.h"
#include "commands/limits/limit_list.h"
#include "commands/shared/complete.h"
#include "commands/shared/filter_options.h"
#include "commands/shared/format_options.h"
#include "commands/shared/place_options.h"
#include "output/report.h"
#include "output/units.h"
#include "system/privileges.h"
#include "usage/choose.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct limits_options {
	struct place_options place;
	unsigned int kinds;
	struct format_option_values format;
	struct common_options common;
};

static const struct option_spec specs[] = {
	{ "kind", 0, "KIND,...",
	  "limits of shm, msg, sem, pshm, pmsg, psem or all; default: memory", option_parse_kinds,
	  complete_kinds, offsetof(struct limits_options, kinds), OPTION_ONCE },
};

static const struct option_group groups[] = {
	{ "What to show", specs, OPTION_COUNT(specs), 0 },
	FORMAT_OPTION_GROUP(struct limits_options, format, FORMAT_OPTION_COUNT_WITHOUT_TIMES),
	PLACE_OPTION_GROUP(struct limits_options, place),
	COMMON_OPTION_GROUP(struct limits_options, common),
};

static const char default_columns[] = "limit,value,used,percent,unit";
static const char verbose_columns[] = "limit,value,used,percent,unit,meaning";

static const char *const unit_words[UNIT_COUNT] = {
	[UNIT_BYTES] = "bytes",           [UNIT_PAGES] = "pages",
	[UNIT_SEGMENTS] = "segments",     [UNIT_INODES] = "inodes",
	[UNIT_SWITCH] = "0 or 1",         [UNIT_QUEUES] = "queues",
	[UNIT_MESSAGES] = "messages",     [UNIT_SETS] = "sets",
	[UNIT_SEMAPHORES] = "semaphores", [UNIT_OPERATIONS] = "operations",
	[UNIT_VALUE] = "value",
};

static void set_amount(const struct limit *limit, uint64_t amount, struct value *value)
{
	value->kind = limit->unit == UNIT_BYTES ? VALUE_BYTES : VALUE_NUMBER;
	value->number = amount;
}

static void get_value(const void *row, struct value *value)
{
	const struct limit *limit = row;

	if (limit->unlimited)
		value->kind = VALUE_UNLIMITED;
	else
		set_amount(limit, limit->value, value);
}

static void get_used(const void *row, struct value *value)
{
	const struct limit *limit = row;

	if (limit->used_known)
		set_amount(limit, limit->used, value);
}

static void get_percent(const void *row, struct value *value)
{
	uint64_t percent;

	if (limit_percent(row, &percent))
		value_set_number(value, percent);
}

static void get_unit(const void *row, struct value *value)
{
	const struct limit *limit = row;

	if (limit->unit != UNIT_SWITCH)
		value_set_text(value, unit_words[limit->unit]);
}

static const struct column columns[] = {
	{ "limit", "name", COLUMN_TEXT, ALIGN_LEFT,
	  .field = FIELD(FIELD_CHARS, struct limit, name) },
	{ "value", "the limit, in its unit", COLUMN_NUMBER, ALIGN_RIGHT, .value = get_value },
	{ "used", "what is used of it, in the same unit", COLUMN_NUMBER, ALIGN_RIGHT,
	  .value = get_used },
	{ "percent", "used in percent of the limit", COLUMN_NUMBER, ALIGN_RIGHT,
	  .value = get_percent, .alias = "use%" },
	{ "unit", "bytes, pages, segments, queues ...", COLUMN_TEXT, ALIGN_LEFT,
	  .value = get_unit },
	{ "meaning", "what is limited", COLUMN_TEXT, ALIGN_LEFT,
	  .field = FIELD(FIELD_TEXT, struct limit, meaning) },
};

static const struct column_set limits_columns = {
	.columns = columns,
	.count = sizeof(columns) / sizeof(columns[0]),
};

/* A full directory can hold what shows in no listing: what was removed and is still in use. */
static void tell_unlisted(const struct command_context *context, const struct limit *limit)
{
	const struct object_filter filter = { .kinds = KINDS_DEVSHM };
	const unsigned int needs[KIND_COUNT] = { 0 };
	struct object_list list = { .count = 0 };
	uint64_t unlisted = limit->used;
	struct error error;

	/* What can't be listed is no reason to speak of something else. */
	if (choose_list(&filter, needs, &list, &error) < 0)
		unlisted = 0;
	for (size_t i = 0; i < list.count; i++)
		unlisted -= list.objects[i].used < unlisted ? list.objects[i].used : unlisted;
	/* A tenth is nothing to look for. */
	if (unlisted > limit->used / 10)
		message_note(&context->message, limit->name,
		             "%" PRIu64
		             " of these bytes are in no object that is listed: in a directory, or "
		             "removed and still held, see shmtool users --unnamed",
		             unlisted);
	object_list_free(&list);
}

static void warn_near_edge(const struct command_context *context, const struct limit *limit)
{
	char cure[sizeof(limit->cure) + 64] = "";
	uint64_t percent = 0;

	if (!limit_is_near(limit))
		return;
	(void)limit_percent(limit, &percent);
	if (limit->cure[0] != '\0')
		snprintf(cure, sizeof(cure), " (to raise it, as root: %s)", limit->cure);
	message_note(&context->message, limit->name,
	             "%" PRIu64 " of %" PRIu64 " %s are in use, %" PRIu64 " %%%s", limit->used,
	             limit->value, unit_words[limit->unit], percent, cure);
	if (strcmp(limit->name, LIMIT_DEVSHM_SIZE) == 0)
		tell_unlisted(context, limit);
}

static int print_groups(struct report *report, const char *table_columns,
                        const struct limit *limits, size_t count, struct error *error)
{
	static const char *const titles[LIMITS_GROUPS] = {
		[LIMITS_SYSV] = "Shared Memory Limits",
		[LIMITS_POSIX] = "POSIX Shared Memory Limits",
		[LIMITS_HUGEPAGES] = "Huge Pages",
		[LIMITS_PROCESS] = "Process Limits",
		[LIMITS_MSG] = "Messages Limits",
		[LIMITS_SEM] = "Semaphore Limits",
		[LIMITS_PMSG] = "POSIX Message Queue Limits",
	};
	struct report_section sections[LIMITS_GROUPS];
	const void *rows[LIMITS_MAX];
	size_t section_count = 0;

	for (size_t i = 0; i < count; i++) {
		rows[i] = &limits[i];
		/* Limits come group by group. */
		if (i == 0 || limits[i].group != limits[i - 1].group)
			sections[section_count++] = (struct report_section){
				.title = titles[limits[i].group],
				.columns = table_columns,
				.rows = &rows[i],
			};
		sections[section_count - 1].count++;
	}
	return report_sections(report, sections, section_count, error);
}

static enum exit_status run(const struct command_context *context, const void *parsed, int argc,
                            char **operands)
{
	const struct limits_options *options = parsed;
	enum exit_status status = STATUS_DONE;
	struct limit limits[LIMITS_MAX];
	struct format_options format;
	struct report *report;
	struct error error;
	size_t count;

	(void)argc;
	(void)operands;
	if (format_options_want_help(&options->format)) {
		report_list_columns(&limits_columns);
		return STATUS_DONE;
	}
	if (format_options_resolve(&options->format, &format, &error) < 0 ||
	    (report = report_open(&limits_columns, &format, default_columns, &error)) == NULL) {
		message_error(&context->message, NULL, &error);
		return error.status;
	}
	privileges_keep(PRIVILEGE_LOOK | (options->place.pid.given ? PRIVILEGE_ENTER : 0U));
	if (place_options_enter(context, &options->place) < 0) {
		report_discard(report);
		return STATUS_FAILED;
	}
	count = limits_read(options->kinds != 0 ? options->kinds : KINDS_MEMORY, limits);
	if (print_groups(report, context->verbose ? verbose_columns : default_columns, limits,
	                 count, &error) < 0) {
		message_error(&context->message, NULL, &error);
		status = STATUS_FAILED;
	}
	report_close(report);
	for (size_t i = 0; i < count; i++)
		warn_near_edge(context, &limits[i]);
	return status;
}

const struct command limits_command = {
	.name = "limits",
	.summary = "Show the limits of shared memory, queues and semaphores, and what is used",
	.operands = "",
	.max_operands = 0,
	.groups = groups,
	.group_count = OPTION_COUNT(groups),
	.options_size = sizeof(struct limits_options),
	.columns = &limits_columns,
	.common_offset = offsetof(struct limits_options, common),
	.run = run,
};
