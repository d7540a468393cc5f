#include "commands/shared/record_rows.h"

#include "base/memory.h"
#include "records/value.h"

#include <stdlib.h>

/* The value of a member, as output/ takes it. */
static void member_value(void *closure, const void *row, size_t index, struct value *value)
{
	const struct record_columns *columns = closure;
	struct record_value member;

	record_value_read(&columns->record->members[index], row, &member, columns->scratch[index]);
	switch (member.kind) {
	case RECORD_VALUE_SIGNED:
		value->kind = VALUE_SIGNED;
		value->signed_number = member.signed_number;
		break;
	case RECORD_VALUE_UNSIGNED:
		value->kind = VALUE_NUMBER;
		value->number = member.unsigned_number;
		break;
	case RECORD_VALUE_BOOL:
		value->kind = VALUE_BOOL;
		value->number = member.is_true;
		break;
	case RECORD_VALUE_REAL:
		value->kind = VALUE_REAL;
		value->text = member.text;
		break;
	case RECORD_VALUE_TEXT:
	case RECORD_VALUE_HEX:
		value->kind = VALUE_TEXT;
		value->text = member.text;
		break;
	}
}

static void describe_column(const struct record_member *member, struct column *column)
{
	bool is_text = member->type == RECORD_TEXT;

	column->name = member->name;
	column->meaning = member->declared;
	column->type = is_text ? COLUMN_ESCAPED : COLUMN_NUMBER;
	column->align = is_text ? ALIGN_LEFT : ALIGN_RIGHT;
}

void record_columns_make(const struct record *record, struct record_columns *columns)
{
	columns->record = record;
	columns->columns = needed_array(record->count, sizeof(*columns->columns));
	columns->scratch = needed_array(record->count, sizeof(*columns->scratch));
	for (size_t i = 0; i < record->count; i++) {
		describe_column(&record->members[i], &columns->columns[i]);
		columns->scratch[i] =
		    needed(malloc(record_value_scratch_size(&record->members[i])));
	}
	columns->set.columns = columns->columns;
	columns->set.count = record->count;
	columns->set.value = member_value;
	columns->set.closure = columns;
}

void record_columns_free(struct record_columns *columns)
{
	for (size_t i = 0; columns->scratch != NULL && i < columns->record->count; i++)
		free(columns->scratch[i]);
	free(columns->scratch);
	free(columns->columns);
	columns->scratch = NULL;
	columns->columns = NULL;
}

int record_rows_print(struct report *report, const struct record *record, const char *bytes,
                      size_t count, struct error *error)
{
	const void **rows = needed_array(count, sizeof(*rows));
	const struct report_section section = {
		.title = "Records",
		.rows = rows,
		.count = count,
	};
	int result;

	for (size_t i = 0; i < count; i++)
		rows[i] = bytes + i * record->bytes;
	result = report_sections(report, &section, 1, error);
	free(rows);
	return result;
}

static const struct column layout_columns[] = {
	{ "member", "name of the member", COLUMN_TEXT, ALIGN_LEFT,
	  .field = FIELD(FIELD_TEXT, struct record_member, name) },
	{ "type", "its type", COLUMN_TEXT, ALIGN_LEFT,
	  .field = FIELD(FIELD_TEXT, struct record_member, declared) },
	{ "offset", "offset in bytes from the start of the record", COLUMN_NUMBER, ALIGN_RIGHT,
	  .field = FIELD(FIELD_UNSIGNED, struct record_member, offset) },
	{ "bytes", "size", COLUMN_SIZE, ALIGN_RIGHT,
	  .field = FIELD(FIELD_UNSIGNED, struct record_member, size) },
	{ "padding", "unused bytes after it", COLUMN_SIZE, ALIGN_RIGHT,
	  .field = FIELD(FIELD_UNSIGNED, struct record_member, padding) },
};

const struct column_set record_layout_columns = {
	.columns = layout_columns,
	.count = sizeof(layout_columns) / sizeof(layout_columns[0]),
};

int record_layout_print(const struct record *record, const struct format_options *options,
                        struct error *error)
{
	const void **rows = needed_array(record->count, sizeof(*rows));
	const struct report_section section = {
		.title = "Record Layout",
		.rows = rows,
		.count = record->count,
	};
	struct report *report;
	int result = -1;

	for (size_t i = 0; i < record->count; i++)
		rows[i] = &record->members[i];
	report = report_open(&record_layout_columns, options, NULL, error);
	if (report != NULL) {
		result = report_sections(report, &section, 1, error);
		report_close(report);
	}
	free(rows);
	return result;
}
