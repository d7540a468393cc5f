/*
 * shmtool limits: list all limits and their use, and how to raise a limit that is nearly reached.
 */
#include "commands/commands.h"
#include "commands/limits/limit_list.h"
#include "commands/shared/complete.h"
#include "commands/shared/filter_options.h"
#include "commands/shared/format_options.h"
#include "commands/shared/place_options.h"
#include "objects/unlisted.h"
#include "output/pager.h"
#include "output/report.h"
#include "output/units.h"
#include "system/place.h"
#include "system/privileges.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct limits_options {
	struct place_options place;
	struct filter_list kinds;
	struct format_option_values format;
	bool no_pager;
	struct common_options common;
};

static const struct option_spec specs[] = {
	{ "kind", 0, "KIND,...",
	  "limits of shm, msg, sem, pshm, pmsg, psem or all (default: memory)", option_parse_kinds,
	  complete_kinds, offsetof(struct limits_options, kinds), 0 },
};

static const struct option_group groups[] = {
	{ "What to show", specs, OPTION_COUNT(specs), 0 },
	FORMAT_OPTION_GROUP(struct limits_options, format, FORMAT_OPTION_COUNT_WITHOUT_TIMES),
	PAGER_OPTION_GROUP(struct limits_options, no_pager),
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
	{ "limit", "name", COLUMN_TEXT, ALIGN_LEFT, .field = FIELD(FIELD_CHARS, struct limit, name),
	  .importance = IMPORTANCE_NEEDED },
	{ "value", "value of the limit, in its unit", COLUMN_NUMBER, ALIGN_RIGHT,
	  .value = get_value, .importance = IMPORTANCE_HIGH },
	{ "used", "current use, in the same unit", COLUMN_NUMBER, ALIGN_RIGHT, .value = get_used,
	  .importance = IMPORTANCE_HIGH },
	{ "percent", "use as a percentage of the limit", COLUMN_NUMBER, ALIGN_RIGHT,
	  .value = get_percent, .alias = "use%", .importance = IMPORTANCE_HIGH },
	{ "unit", "bytes, pages, segments, queues ...", COLUMN_TEXT, ALIGN_LEFT,
	  .value = get_unit },
	{ "meaning", "what is limited", COLUMN_TEXT, ALIGN_LEFT,
	  .field = FIELD(FIELD_TEXT, struct limit, meaning), .importance = IMPORTANCE_LOW },
};

static const struct column_set limits_columns = {
	.columns = columns,
	.count = sizeof(columns) / sizeof(columns[0]),
};

/* ALL - SOME, at least 0. */
static uint64_t less(uint64_t all, uint64_t some)
{
	return some < all ? all - some : 0;
}

/* Report the bytes of POSIX_DIRECTORY that no listing of memory shows. */
static void note_unlisted_bytes(const struct command_context *context, const struct limit *size,
                                const struct unlisted *unlisted)
{
	const uint64_t bytes = size->used_known ? less(size->used, unlisted->memory_bytes) : 0;
	const uint64_t held = less(bytes, unlisted->semaphore_bytes + unlisted->directory_bytes);
	char text[UNLISTED_TEXT_SIZE + 128];

	unlisted_text(unlisted, true, UNLISTED_BYTES, text);
	/* Ignore up to a tenth: files may have been created or removed meanwhile. */
	if (held > size->used / 10 && !unlisted->is_partial) {
		const size_t length = strlen(text);

		snprintf(text + length, sizeof(text) - length,
		         "%s%" PRIu64 " bytes in removed files that are still held, see shmtool "
		         "users --unnamed",
		         length > 0 ? ", " : "", held);
	}
	if (text[0] != '\0' && bytes > 0)
		message_note(&context->message, size->name,
		             "%" PRIu64 " of these bytes are in no object that is listed: %s",
		             bytes, text);
	else if (text[0] != '\0')
		message_note(&context->message, size->name, "%s also contains %s", POSIX_DIRECTORY,
		             text);
}

/* Report its inodes if they are nearly used up. */
static void note_unlisted_inodes(const struct command_context *context, const struct limit *limit,
                                 const struct unlisted *unlisted)
{
	/* The directory itself uses one inode. */
	const uint64_t inodes = less(limit->used, unlisted->memory_files + 1);
	char text[UNLISTED_TEXT_SIZE];

	unlisted_text(unlisted, true, UNLISTED_FILES, text);
	if (limit_is_near(limit) && inodes > 0 && text[0] != '\0')
		message_note(&context->message, limit->name,
		             "%" PRIu64 " of these inodes are in no object that is listed: %s",
		             inodes, text);
}

static void warn_near_edge(const struct command_context *context, const struct limit *limit)
{
	char cure[sizeof(limit->cure) + 64] = "";
	char percents[32] = "";
	uint64_t percent;

	if (!limit_is_near(limit))
		return;
	if (limit_percent(limit, &percent))
		snprintf(percents, sizeof(percents), ", %" PRIu64 " %%", percent);
	if (limit->cure[0] != '\0')
		snprintf(cure, sizeof(cure), " (to raise it, as root: %s)", limit->cure);
	message_note(&context->message, limit->name, "%" PRIu64 " of %" PRIu64 " %s are in use%s%s",
	             limit->used, limit->value, unit_words[limit->unit], percents, cure);
}

static void warn(const struct command_context *context, const struct limit *limits, size_t count)
{
	struct unlisted unlisted;
	bool is_read = false;
	struct error error;

	for (size_t i = 0; i < count; i++) {
		const struct limit *limit = &limits[i];

		warn_near_edge(context, limit);
		/*
		 * The size comes first. If the listing fails, print only the note about the limit.
		 */
		if (strcmp(limit->name, LIMIT_DEVSHM_SIZE) == 0) {
			is_read = !context->message.quiet && unlisted_read(&unlisted, &error) == 0;
			if (is_read)
				note_unlisted_bytes(context, limit, &unlisted);
		} else if (is_read && strcmp(limit->name, LIMIT_DEVSHM_INODES) == 0) {
			note_unlisted_inodes(context, limit, &unlisted);
		}
	}
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
		/* Limits are ordered by group. */
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
	pager_allow(options->no_pager);
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
	if (limits_read(filter_options_kinds(&options->kinds), limits, &count, &error) < 0) {
		message_error(&context->message, NULL, &error);
		status = STATUS_FAILED;
	}
	if (print_groups(report, context->verbose ? verbose_columns : default_columns, limits,
	                 count, &error) < 0) {
		message_error(&context->message, NULL, &error);
		status = STATUS_FAILED;
	}
	report_close(report);
	warn(context, limits, count);
	return status;
}

static void release(void *options)
{
	filter_list_free(&((struct limits_options *)options)->kinds);
}

const struct command limits_command = {
	.name = "limits",
	.summary = "Show the limits of shared memory, queues and semaphores, and their use",
	.operands = "",
	.max_operands = 0,
	.groups = groups,
	.group_count = OPTION_COUNT(groups),
	.options_size = sizeof(struct limits_options),
	.columns = &limits_columns,
	.common_offset = offsetof(struct limits_options, common),
	.run = run,
	.release = release,
};
