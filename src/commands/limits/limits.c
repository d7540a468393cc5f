/*
 * shmtool limits: list all limits and their use, and how to raise a limit that is nearly reached.
 */
#include "base/memory.h"
#include "base/number.h"
#include "commands/commands.h"
#include "commands/limits/check.h"
#include "commands/limits/directories.h"
#include "commands/shared/complete.h"
#include "commands/shared/filter_options.h"
#include "commands/shared/format_options.h"
#include "commands/shared/limit_list.h"
#include "commands/shared/place_options.h"
#include "objects/unlisted.h"
#include "output/pager.h"
#include "output/report.h"
#include "output/units.h"
#include "system/place.h"
#include "system/privileges.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct limits_options {
	struct place_options place;
	struct filter_list kinds;
	struct filter_list names;
	struct check_option check;
	struct format_option_values format;
	bool no_pager;
	struct common_options common;
};

static int parse_names(const char *text, void *destination, struct error *error)
{
	return filter_list_add(destination, text, NULL, error);
}

static void complete_limit_names(const struct completion *completion)
{
	struct limit *limits = needed_array(LIMITS_MAX, sizeof(*limits));
	struct error error;
	size_t count;

	/* Offer those that can be read. */
	(void)limits_read(KINDS_ALL, false, limits, &count, &error);
	for (size_t i = 0; i < count; i++)
		completion_offer(completion, limits[i].name, limits[i].meaning);
	free(limits);
}

static const struct option_spec specs[] = {
	{ "kind", 0, "KIND,...",
	  "limits of shm, msg, sem, pshm, pmsg, psem or all (default: memory)", option_parse_kinds,
	  complete_kinds, offsetof(struct limits_options, kinds), OPTION_SUBSET(KINDS_ALL) },
	{ "name", 0, "GLOB,...", "limits whose name matches GLOB", parse_names,
	  complete_limit_names, offsetof(struct limits_options, names), 0 },
	{ "check", 0, "LEVEL",
	  "print limits at or above LEVEL (default 80%), status 1 if there are any",
	  option_parse_level, NULL, offsetof(struct limits_options, check),
	  OPTION_ARGUMENT_OPTIONAL },
};

static const struct option_group groups[] = {
	{ "What to show", specs, OPTION_COUNT(specs), 0 },
	FORMAT_OPTION_GROUP(struct limits_options, format, FORMAT_OPTION_COUNT_WITHOUT_TIMES),
	PAGER_OPTION_GROUP(struct limits_options, no_pager),
	PLACE_OPTION_GROUP(struct limits_options, place, PLACE_OPTION_DIR),
	COMMON_OPTION_GROUP(struct limits_options, common),
};

static const char default_columns[] = "limit,value,used,percent,unit";
static const char verbose_columns[] = "limit,value,used,percent,unit,meaning";

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
	if (!limit_percent(row, value->scratch))
		return;
	value->kind = VALUE_REAL;
	value->text = value->scratch;
}

static void get_unit(const void *row, struct value *value)
{
	const struct limit *limit = row;

	if (limit->unit != UNIT_SWITCH)
		value_set_text(value, limit_unit_word(limit->unit));
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

/* Report the bytes of POSIX_DIRECTORY that no listing of memory shows. */
static void note_unlisted_bytes(const struct command_context *context, const struct limit *size,
                                const struct unlisted *unlisted)
{
	const uint64_t bytes =
	    size->used_known ? number_minus(size->used, unlisted->memory_bytes) : 0;
	const uint64_t held =
	    number_minus(bytes, unlisted->semaphore_bytes + unlisted->directory_bytes);
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
	const uint64_t inodes = number_minus(limit->used, unlisted->memory_files + 1);
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
	char percents[PERCENT_TEXT_SIZE + 8] = "";
	char percent[PERCENT_TEXT_SIZE];
	char holder[REF_TEXT_SIZE + 8] = "";

	if (!limit_is_near(limit))
		return;
	if (limit_percent(limit, percent))
		snprintf(percents, sizeof(percents), ", %.*s %%", (int)strcspn(percent, "."),
		         percent);
	if (limit->holder[0] != '\0')
		snprintf(holder, sizeof(holder), " by %s", limit->holder);
	if (limit->cure[0] != '\0')
		snprintf(cure, sizeof(cure), " (to raise it, as root: %s)", limit->cure);
	message_note(&context->message, limit->name,
	             "%" PRIu64 " of %" PRIu64 " %s are in use%s%s%s", limit->used,
	             limit_value(limit), limit_unit_word(limit->unit), percents, holder, cure);
}

/* Warn of objects that can't all be filled. */
static void warn_overcommitted(const struct command_context *context, const struct limit *limit)
{
	if (limit->used <= limit->value)
		return;
	message_note(&context->message, limit->name,
	             "filling all sparse objects would take %" PRIu64 " bytes, but %" PRIu64
	             " are left: writing to them may fail with SIGBUS or end processes "
	             "(%s lacks the most, %" PRIu64 " bytes)",
	             limit->used, limit->value, limit->holder, limit->missing);
}

static void warn(const struct command_context *context, const struct limit *limits, size_t count)
{
	struct unlisted unlisted;
	bool is_read = false;
	struct error error;

	for (size_t i = 0; i < count; i++) {
		const struct limit *limit = &limits[i];

		if (limit->is_commitment)
			warn_overcommitted(context, limit);
		else
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
		[LIMITS_DIRECTORIES] = "Limits of Directories",
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

/*
 * Keep the limits that --name selects, and omit those on sparse objects that do not matter, unless it
 * names them. Returns 0, or -1 with error set if it selects none.
 */
static int keep_named(const struct filter_list *names, struct limit *limits, size_t *count,
                      struct error *error)
{
	size_t selected = 0;
	size_t kept = 0;

	for (size_t i = 0; i < *count; i++) {
		char name[sizeof(limits->name) + 1];

		snprintf(name, sizeof(name), "/%s", limits[i].name);
		if (!filter_list_passes_name(names, name))
			continue;
		selected++;
		if (names->has_wanted || !limits[i].is_commitment ||
		    limit_reaches(&limits[i], LIMIT_SPARSE_LEVEL))
			limits[kept++] = limits[i];
	}
	*count = kept;
	if (selected > 0 || names->count == 0)
		return 0;
	return error_set(error, STATUS_FAILED,
	                 "--name: matches no limit of these kinds (--kind all shows all)");
}

/* Whether a check prints one line: unless a format or columns are requested. */
static bool is_one_line(const struct limits_options *options, const struct format_options *format)
{
	return options->check.given && format->format == FORMAT_TABLE && format->columns == NULL;
}

/* Print rows and end the report. The heading of no rows would be output, but "[]" is valid JSON. */
static int print_rows(const struct command_context *context, const struct format_options *format,
                      struct report *report, const struct limit *limits, size_t count,
                      struct error *error)
{
	int result = 0;

	if (count == 0 && format->format != FORMAT_JSON) {
		report_discard(report);
		return 0;
	}
	if (count > 0)
		result = print_groups(report, context->verbose ? verbose_columns : default_columns,
		                      limits, count, error);
	report_close(report);
	return result;
}

static enum exit_status show(const struct command_context *context,
                             const struct limits_options *options,
                             const struct format_options *format, struct report *report)
{
	enum exit_status status;
	/* Too large for the stack if there is little memory. */
	struct limit *limits = needed_array(LIMITS_MAX, sizeof(*limits));
	struct object_filter places = { .kinds = 0 };
	const bool is_strict = options->check.given;
	struct error error;
	size_t count;
	int result;

	status = place_options_select(&options->place, &places);
	result = places.tree_count > 0 ? limits_read_directories(places.trees, places.tree_count,
	                                                         is_strict, limits, &count, &error)
	                               : limits_read(filter_options_kinds(&options->kinds),
	                                             is_strict, limits, &count, &error);
	if (result < 0) {
		message_error(&context->message, NULL, &error);
		status = STATUS_FAILED;
	}
	if (keep_named(&options->names, limits, &count, &error) < 0) {
		message_error(&context->message, NULL, &error);
		status = STATUS_FAILED;
	}
	if (options->check.given) {
		count = check_keep(limits, count, options->check.level);
		status = count > 0 ? STATUS_FAILED : status;
	}
	if (is_one_line(options, format)) {
		report_discard(report);
		if (!context->message.quiet)
			check_print(limits, count,
			            format->human || (format->for_terminal && !format->bytes));
	} else if (print_rows(context, format, report, limits, count, &error) < 0) {
		message_error(&context->message, NULL, &error);
		status = STATUS_FAILED;
	}
	if (!options->check.given)
		warn(context, limits, count);
	free(limits);
	return status;
}

static int check_kinds(const struct filter_list *kinds, struct error *error)
{
	if (filter_list_bits(kinds, 0) & KIND_BIT(KIND_DIR))
		return error_set(error, STATUS_USAGE,
		                 "--kind: dir has no limits of its own: use --dir DIRECTORY");
	return 0;
}

static enum exit_status run(const struct command_context *context, const void *parsed, int argc,
                            char **operands)
{
	const struct limits_options *options = parsed;
	struct format_options format;
	struct report *report;
	struct error error;

	(void)argc;
	(void)operands;
	pager_allow(options->no_pager);
	if (format_options_want_help(&options->format)) {
		report_list_columns(&limits_columns);
		return STATUS_DONE;
	}
	if (check_kinds(&options->kinds, &error) < 0 ||
	    place_options_check(&options->place, false, options->kinds.count > 0 ? "--kind" : NULL,
	                        &error) < 0 ||
	    format_options_resolve(&options->format, &format, &error) < 0 ||
	    (report = report_open(&limits_columns, &format, default_columns, &error)) == NULL) {
		message_error(&context->message, NULL, &error);
		return error.status;
	}
	privileges_keep(PRIVILEGE_LOOK | (options->place.pid.given ? PRIVILEGE_ENTER : 0U));
	if (place_options_enter(context, &options->place) < 0) {
		report_discard(report);
		return STATUS_FAILED;
	}
	return show(context, options, &format, report);
}

static void release(void *options)
{
	struct limits_options *limits = options;

	filter_list_free(&limits->kinds);
	filter_list_free(&limits->names);
}

/* The argument of an option with an optional one must be attached. */
static void hint_operand(const char *operand, struct error *error)
{
	unsigned int level;
	struct error not_a_level;

	if (percent_parse(operand, &level, &not_a_level) == 0)
		error_append(error, " (to check for this level: --check=%s)", operand);
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
	.hint_operand = hint_operand,
	.run = run,
	.release = release,
};
