/*
 * Rows of CSV and JSON. The first two lines of an input are the format, "csv", "json" or another
 * word, and the declaration of a record; the rest are the rows. The records that are made of them,
 * printed as JSON, make the same records again.
 */
#include "fuzz.h"

#include "commands/shared/record_rows.h"
#include "output/machine.h"
#include "records/input.h"

#include <stdlib.h>
#include <string.h>

static void append_rows(struct buffer *buffer, const struct record *record,
                        const struct record_rows *rows)
{
	const struct format_options options = { .format = FORMAT_JSON };
	struct record_columns columns = { .record = NULL };
	struct column_choice choice;
	struct error error = { .text = "" };

	record_columns_make(record, &columns);
	fuzz_check(column_choice_all(&columns.set, NULL, &choice, &error) == 0, "no columns: %s",
	           error.text);
	buffer_append(buffer, "[", 1);
	for (uint64_t i = 0; i < rows->count; i++) {
		if (i > 0)
			buffer_append(buffer, ",", 1);
		machine_append_row(buffer, &choice, rows->bytes + i * record->bytes, &options, 0);
	}
	buffer_append(buffer, "]", 1);
	column_choice_free(&choice);
	record_columns_free(&columns);
}

/* The bits of NaN and the padding are not kept, and neither is a bool that is a number. */
static bool has_nan(const struct buffer *buffer)
{
	return memmem(buffer->data, buffer->used, "nan", 3) != NULL;
}

static void check_again(const struct record *record, const struct record_rows *rows)
{
	struct buffer buffer = { .used = 0 };
	struct record_rows again = { .count = 0 };
	struct error error = { .text = "" };

	append_rows(&buffer, record, rows);
	fuzz_check(record_input_parse(record, RECORD_INPUT_JSON, buffer.data, buffer.used, &again,
	                              &error) == 0,
	           "%.*s is rejected: %s", (int)buffer.used, buffer.data, error.text);
	fuzz_check(again.count == rows->count, "other rows from %.*s", (int)buffer.used,
	           buffer.data);
	fuzz_check(rows->count == 0 || has_nan(&buffer) ||
	               memcmp(again.bytes, rows->bytes, rows->count * record->bytes) == 0,
	           "other bytes from %.*s", (int)buffer.used, buffer.data);
	record_rows_free(&again);
	free(buffer.data);
}

static void check_rows(const char *format, const char *declaration, const char *text, size_t length)
{
	const enum record_input_format input = strcmp(format, "csv") == 0    ? RECORD_INPUT_CSV
	                                       : strcmp(format, "json") == 0 ? RECORD_INPUT_JSON
	                                                                     : RECORD_INPUT_AUTO;
	struct record record = { .count = 0 };
	struct record_rows rows = { .count = 0 };
	struct error error = { .text = "" };

	/* Large records only take long. */
	if (record_parse(declaration, false, &record, &error) == 0 && record.bytes < 4096) {
		if (record_input_parse(&record, input, text, length, &rows, &error) == 0)
			check_again(&record, &rows);
		else
			fuzz_check(error.text[0] != '\0', "rejected without a sentence");
	}
	record_rows_free(&rows);
	record_free(&record);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	char *rest = text;
	const char *format = strsep(&rest, "\n");
	const char *declaration = rest != NULL ? strsep(&rest, "\n") : NULL;

	if (rest != NULL)
		check_rows(format, declaration, rest, size - (size_t)(rest - text));
	free(text);
	return 0;
}
