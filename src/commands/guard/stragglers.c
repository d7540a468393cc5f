#include "commands/guard/stragglers.h"

#include "base/memory.h"
#include "output/report.h"

#include <stdlib.h>

static const struct column columns[] = {
	{ "pid", "process", COLUMN_NUMBER, ALIGN_RIGHT,
	  .field = FIELD(FIELD_PID, struct process_stat, pid) },
	{ "pgid", "process group", COLUMN_NUMBER, ALIGN_RIGHT,
	  .field = FIELD(FIELD_PID, struct process_stat, group) },
	{ "command", "command", COLUMN_TEXT, ALIGN_LEFT,
	  .field = FIELD(FIELD_CHARS, struct process_stat, command) },
};

static const struct column_set straggler_columns = {
	.columns = columns,
	.count = sizeof(columns) / sizeof(columns[0]),
};

static int print(const struct process_list *processes, FILE *stream, enum report_format format,
                 struct error *error)
{
	const struct format_options options = { .format = format };
	struct report_section section = { .title = "Still Running" };
	struct report *report = report_open(&straggler_columns, &options, NULL, error);
	int result;

	if (report == NULL)
		return -1;
	section.rows = needed_array(processes->count, sizeof(*section.rows));
	for (section.count = 0; section.count < processes->count; section.count++)
		section.rows[section.count] = &processes->processes[section.count];
	report_to_stream(report, stream);
	result = report_sections(report, &section, 1, error);
	report_close(report);
	free(section.rows);
	return result;
}

int stragglers_print_table(const struct process_list *processes, FILE *stream, struct error *error)
{
	return print(processes, stream, FORMAT_TABLE, error);
}

int stragglers_print_json(const struct process_list *processes, FILE *stream, struct error *error)
{
	return print(processes, stream, FORMAT_JSON, error);
}
