#include "commands/map-file/records.h"

#include "memory/fault.h"
#include "records/input.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int mapped_records_prepare(const struct record_option_values *values,
                           struct mapped_records *records, struct error *error)
{
	if (record_options_resolve(values, &records->record, error) < 0)
		return -1;
	if (records->record.count > 0)
		record_columns_make(&records->record, &records->columns);
	return 0;
}

void mapped_records_free(struct mapped_records *records)
{
	record_columns_free(&records->columns);
	record_free(&records->record);
}

int mapped_records_take(const struct record *record, const char *text, struct record_rows *rows,
                        struct error *error)
{
	if (strcmp(text, "-") == 0)
		return record_input_read(record, RECORD_INPUT_AUTO, STDIN_FILENO, "standard input",
		                         rows, error);
	return record_input_parse(record, RECORD_INPUT_AUTO, text, strlen(text), rows, error);
}

/* Copy the bytes, since the file may shrink meanwhile. To be freed. */
static char *copy_out(const struct mapped_file *file, uint64_t begin, uint64_t size,
                      struct error *error)
{
	char *bytes = malloc(size + 1);
	int signal;
	size_t done;

	if (bytes == NULL) {
		error_set(error, STATUS_FAILED,
		          "not enough memory for a copy of %" PRIu64 " byte%s", size,
		          plural_s(size));
		return NULL;
	}
	done = fault_copy_from(bytes, file->mapping.address + begin, size, &signal);
	if (signal == 0)
		return bytes;
	error_set(error, STATUS_FAILED,
	          "SIGBUS at offset %" PRIu64 " of the mapping: the file ends in an earlier page",
	          begin + done);
	free(bytes);
	return NULL;
}

int mapped_records_print(const struct mapped_file *file, uint64_t begin, uint64_t end,
                         const struct mapped_records *records, const struct format_options *format,
                         struct error *error)
{
	const struct record *record = &records->record;
	uint64_t count = end > begin ? (end - begin) / record->bytes : 0;
	char *bytes = copy_out(file, begin, count * record->bytes, error);
	struct report *report;
	int result = -1;

	if (bytes == NULL)
		return -1;
	report = report_open(&records->columns.set, format, NULL, error);
	if (report != NULL) {
		result = record_rows_print(report, record, bytes, count, error);
		report_close(report);
	}
	free(bytes);
	return result;
}
