#include "records/input.h"

#include "records/csv.h"
#include "records/json.h"
#include "stream/transfer.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Skip a byte order mark, if there is one. */
static const char *skip_mark(const char *text, const char *end)
{
	static const char mark[] = "\xef\xbb\xbf";

	if ((size_t)(end - text) >= strlen(mark) && memcmp(text, mark, strlen(mark)) == 0)
		text += strlen(mark);
	return text;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

int record_input_parse(const struct record *record, enum record_input_format format,
                       const char *text, size_t length, struct record_rows *rows,
                       struct error *error)
{
	const char *end = text + length;
	struct record_encoder encoder;
	const char *first;
	int result;

	*rows = (struct record_rows){ .bytes = NULL };
	text = skip_mark(text, end);
	first = text;
	while (first < end && is_blank(*first))
		first++;
	if (first == end)
		return error_set(error, STATUS_FAILED, "the input is empty: neither JSON nor CSV");
	if (record_encoder_begin(&encoder, record, error) < 0)
		return -1;
	if (format == RECORD_INPUT_JSON ||
	    (format == RECORD_INPUT_AUTO && (*first == '[' || *first == '{')))
		result = record_json_read(&encoder, text, end);
	else
		result = record_csv_read(&encoder, text, end);
	if (result == 0) {
		*rows = encoder.rows;
		encoder.rows = (struct record_rows){ .bytes = NULL };
	}
	record_encoder_free(&encoder);
	return result;
}

/*
 * Read a descriptor to its end. Returns the text, which the caller frees, or NULL with the error
 * set.
 */
static char *read_all(int fd, const char *name, size_t *length, struct error *error)
{
	size_t capacity = 1 << 20;
	char *text = NULL;
	uint64_t bytes;

	*length = 0;
	do {
		char *larger = realloc(text, capacity);
		enum transfer_end end;

		if (larger == NULL) {
			error_set_errno(error, ENOMEM, "%s can't be read", name);
			free(text);
			return NULL;
		}
		text = larger;
		end = transfer_read(fd, text + *length, capacity - *length, NULL, &bytes);
		if (end == TRANSFER_INTERRUPTED)
			error_set(error, STATUS_FAILED, "interrupted, nothing was written");
		else if (end != TRANSFER_DONE)
			error_set_errno(error, errno, "%s can't be read", name);
		if (end != TRANSFER_DONE) {
			free(text);
			return NULL;
		}
		*length += (size_t)bytes;
		capacity *= 2;
	} while (*length == capacity / 2);
	return text;
}

int record_input_read(const struct record *record, enum record_input_format format, int fd,
                      const char *name, struct record_rows *rows, struct error *error)
{
	size_t length;
	char *text;
	int result;

	*rows = (struct record_rows){ .bytes = NULL };
	text = read_all(fd, name, &length, error);
	if (text == NULL)
		return -1;
	result = record_input_parse(record, format, text, length, rows, error);
	free(text);
	return result;
}
