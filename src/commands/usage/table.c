/*
 * The table of shmtool usage: the lines, their sum, the kernel's total, and the difference.
 */
#include "commands/usage/table.h"
#include "base/memory.h"
#include "commands/shared/accounting/collect.h"
#include "commands/shared/accounting/lines.h"
#include "commands/shared/accounting/sums.h"
#include "commands/shared/blindness.h"
#include "commands/usage/usage.h"
#include "output/bar.h"
#include "output/report.h"
#include "output/units.h"
#include "system/hugepages.h"

#include <stdlib.h>
#include <string.h>

static const char default_columns[] = "kind,count,resident,swapped,share,what";
static const char terminal_columns[] = "kind,count,resident,swapped,share,bar,what";
static const char machine_columns[] =
    "kind,where,count,bytes,resident,swapped,share,page,pid,command,namespace,ref,reason,what";

static void get_resident(const void *row, struct value *value)
{
	const struct usage_line *line = row;

	if (line->known & USAGE_DIFFERENCE) {
		value->kind = VALUE_SIGNED;
		value->signed_number = line->difference;
	} else if (line->known & USAGE_SPLIT) {
		value_set_number(value, line->resident);
	} else {
		value_set_unknown(value);
	}
}

/* Compute the share of the whole. Returns false if it is unknown. */
static bool find_share(const struct usage_line *line, double *share)
{
	const bool is_difference = (line->known & USAGE_DIFFERENCE) != 0;

	if (line->whole == 0 || (!is_difference && !(line->known & USAGE_BYTES)))
		return false;
	*share = (is_difference ? (double)line->difference : (double)line->resident) /
	         (double)line->whole;
	return true;
}

static void get_share(const void *row, struct value *value)
{
	double share;

	if (find_share(row, &share))
		value_set_share(value, share);
	else
		value_set_unknown(value);
}

static void get_bar(const void *row, struct value *value)
{
	double share = 0;

	/* That of the sum would be nearly full in any case. */
	if (!usage_line_is_sum(row))
		(void)find_share(row, &share);
	bar_set_value(value, share);
}

static void get_namespace(const void *row, struct value *value)
{
	const struct usage_line *line = row;

	if (line->namespace != 0)
		value_set_number(value, line->namespace);
	else
		value_set_unknown(value);
}

static void get_page(const void *row, struct value *value)
{
	const struct usage_line *line = row;

	if (line->page_bytes != 0)
		value_set_number(value, line->page_bytes);
	else
		value_set_unknown(value);
}

static void get_command(const void *row, struct value *value)
{
	const struct usage_line *line = row;

	if (line->pid != 0)
		value_set_text(value, line->command);
	else
		value_set_unknown(value);
}

static void get_ref(const void *row, struct value *value)
{
	const struct usage_line *line = row;

	if (line->ref[0] != '\0')
		value_set_text(value, line->ref);
	else
		value_set_unknown(value);
}

static unsigned int known_of(const void *row)
{
	return ((const struct usage_line *)row)->known;
}

static const struct column columns[] = {
	{ "kind", "shm, pshm, psem, dir, tmpfs, ...; sum, total, difference", COLUMN_TEXT,
	  ALIGN_LEFT, .field = FIELD(FIELD_TEXT, struct usage_line, kind),
	  .importance = IMPORTANCE_HIGH, .whole = true },
	{ "where", "mount point", COLUMN_TEXT, ALIGN_LEFT,
	  .field = FIELD(FIELD_TEXT, struct usage_line, where) },
	{ "count", "objects, or files and directories", COLUMN_NUMBER, ALIGN_RIGHT,
	  .known = USAGE_COUNT, .field = FIELD(FIELD_UNSIGNED, struct usage_line, count),
	  .importance = IMPORTANCE_HIGH },
	{ "bytes", "bytes in memory and in swap", COLUMN_SIZE, ALIGN_RIGHT, .known = USAGE_BYTES,
	  .field = FIELD(FIELD_UNSIGNED, struct usage_line, bytes) },
	{ "resident", "bytes in memory", COLUMN_SIZE, ALIGN_RIGHT, .value = get_resident,
	  .importance = IMPORTANCE_HIGH },
	{ "swapped", "bytes in swap", COLUMN_SIZE, ALIGN_RIGHT, .known = USAGE_SPLIT,
	  .field = FIELD(FIELD_UNSIGNED, struct usage_line, swapped) },
	{ "share", "percentage of the total in memory", COLUMN_NUMBER, ALIGN_RIGHT,
	  .value = get_share },
	{ "bar", "the share as a bar", COLUMN_TEXT, ALIGN_LEFT, .value = get_bar, .whole = true },
	{ "page", "size of the huge pages", COLUMN_SIZE, ALIGN_RIGHT, .value = get_page },
	{ "pid", "a process that has it, in another namespace or as the only user", COLUMN_NUMBER,
	  ALIGN_RIGHT, .field = FIELD(FIELD_PID, struct usage_line, pid) },
	{ "command", "command of that process", COLUMN_TEXT, ALIGN_LEFT, .value = get_command },
	{ "namespace", "its IPC namespace (shm) or mount namespace, as lsns(8) shows it",
	  COLUMN_NUMBER, ALIGN_RIGHT, .value = get_namespace },
	{ "ref", "REF of the file that keeps it", COLUMN_TEXT, ALIGN_LEFT, .value = get_ref },
	{ "reason", "why its memory is unknown", COLUMN_TEXT, ALIGN_LEFT,
	  .field = FIELD(FIELD_TEXT, struct usage_line, reason) },
	{ "what", "description", COLUMN_TEXT, ALIGN_LEFT,
	  .field = FIELD(FIELD_TEXT, struct usage_line, what), .importance = IMPORTANCE_HIGH,
	  .legible = LEGIBLE_WIDTH },
};

const struct column_set usage_columns = {
	.columns = columns,
	.count = sizeof(columns) / sizeof(columns[0]),
	.known_of = known_of,
};

static bool is_shown(const struct usage_options *options, const struct usage_line *line)
{
	return options->all || !line->is_place || line->bytes > 0 || line->reason != NULL;
}

static char *title_of(uint64_t page_bytes, const char *title)
{
	char size[UNITS_TEXT_SIZE];

	if (page_bytes == 0 || title != NULL)
		return needed(strdup(title != NULL ? title : "Shared Memory"));
	size[size_human(size, page_bytes)] = '\0';
	return needed_text("Huge Pages of %s", size);
}

int usage_print(struct report *report, const struct usage_options *options,
                const struct usage_lines *lines, const char *title, struct error *error)
{
	struct report_section sections[HUGEPAGE_POOLS_MAX + 1];
	char *titles[HUGEPAGE_POOLS_MAX + 1];
	const void **rows = needed_array(lines->count, sizeof(*rows));
	uint64_t page_bytes = 0;
	struct report_section *section = NULL;
	size_t row_count = 0;
	size_t count = 0;
	int result;

	for (size_t i = 0; i < lines->count; i++) {
		const struct usage_line *line = &lines->lines[i];

		if (!is_shown(options, line))
			continue;
		if (section == NULL ||
		    (line->page_bytes != page_bytes && count <= HUGEPAGE_POOLS_MAX)) {
			page_bytes = line->page_bytes;
			titles[count] = title_of(page_bytes, title);
			section = &sections[count];
			*section = (struct report_section){
				.title = titles[count++],
				.columns = report_is_for_terminal(report) ? terminal_columns
				                                          : default_columns,
				.rows = &rows[row_count],
			};
		}
		rows[row_count++] = line;
		section->count++;
		section->pinned += usage_line_is_sum(line);
	}
	result = count > 0 ? report_sections(report, sections, count, error) : 0;
	for (size_t i = 0; i < count; i++)
		free(titles[i]);
	free(rows);
	return result;
}

struct report *usage_report_open(const struct format_options *format, struct error *error)
{
	return report_open(&usage_columns, format, machine_columns, error);
}

enum exit_status usage_table(const struct command_context *context,
                             const struct usage_options *options,
                             const struct format_options *format)
{
	struct usage_lines lines = { .count = 0 };
	struct users_blind blind = { .processes = 0 };
	enum exit_status status = STATUS_DONE;
	struct report *report;
	struct error error;

	report = usage_report_open(format, &error);
	if (report == NULL) {
		message_error(&context->message, NULL, &error);
		return error.status;
	}
	if (usage_collect(&lines, &blind, &error) < 0) {
		message_error(&context->message, NULL, &error);
		status = STATUS_FAILED;
	}
	if (usage_sums_add(&lines, &error) < 0) {
		message_error(&context->message, NULL, &error);
		status = STATUS_FAILED;
	}
	usage_lines_finish(&lines);
	if (usage_print(report, options, &lines, NULL, &error) < 0) {
		message_error(&context->message, NULL, &error);
		status = STATUS_FAILED;
	}
	report_close(report);
	note_blind(context, &blind);
	usage_lines_free(&lines);
	return status;
}
