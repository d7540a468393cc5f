#include "records/csv.h"

#include "base/memory.h"
#include "records/value.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct csv_reader {
	struct record_encoder *encoder;
	const char *at;
	const char *end;
	const struct record_member *
	    *columns; /* the members named in the first line, in its order */
	size_t column_count;
	char *field;   /* the last field read, ended by NUL */
	size_t length; /* of the field in bytes */
	bool is_last;  /* the last one of its line */
};

/* Report an error in a line; the first one has no number. */
static int refuse_line(const struct csv_reader *reader, const char *sentence)
{
	const struct record_encoder *encoder = reader->encoder;

	if (encoder->rows.count == 0)
		return error_set(encoder->error, STATUS_FAILED, "the first line %s", sentence);
	return error_set(encoder->error, STATUS_FAILED, "row %llu %s", record_encoder_row(encoder),
	                 sentence);
}

/* Read up to a single quote mark; a doubled one is one mark of the field. */
static int read_quoted(struct csv_reader *reader)
{
	for (reader->at++; reader->at < reader->end; reader->at++) {
		if (*reader->at == '"') {
			reader->at++;
			if (reader->at == reader->end || *reader->at != '"')
				return 0;
		}
		reader->field[reader->length++] = *reader->at;
	}
	return refuse_line(reader, "has an unterminated quote");
}

/* Whether the text or a line ends here, with LF or CR LF. */
static bool is_end_of_line(const struct csv_reader *reader)
{
	const char *at = reader->at;

	if (at == reader->end || *at == '\n')
		return true;
	return *at == '\r' && (at + 1 == reader->end || at[1] == '\n');
}

static void read_unquoted(struct csv_reader *reader)
{
	while (!is_end_of_line(reader) && *reader->at != ',')
		reader->field[reader->length++] = *reader->at++;
}

/* Skip to the start of the next line. */
static void skip_end_of_line(struct csv_reader *reader)
{
	if (reader->at < reader->end && *reader->at == '\r')
		reader->at++;
	if (reader->at < reader->end)
		reader->at++;
}

/* Read a field and its terminator: 0, or -1 with the error set. */
static int read_field(struct csv_reader *reader)
{
	reader->length = 0;
	if (reader->at < reader->end && *reader->at == '"') {
		if (read_quoted(reader) < 0)
			return -1;
	} else {
		read_unquoted(reader);
	}
	reader->field[reader->length] = '\0';
	reader->is_last = is_end_of_line(reader);
	if (reader->is_last)
		skip_end_of_line(reader);
	else if (*reader->at == ',')
		reader->at++;
	else
		return refuse_line(reader, "has text after a closing quote");
	return 0;
}

/* Read the names of the members. */
static int read_first_line(struct csv_reader *reader)
{
	struct record_encoder *encoder = reader->encoder;

	do {
		const struct record_member *member;

		if (read_field(reader) < 0)
			return -1;
		member = record_encoder_find(encoder, reader->field);
		if (member == NULL || reader->length != strlen(member->name))
			return error_set(
			    encoder->error, STATUS_FAILED,
			    "the first line must name the members: unknown member '%.60s'",
			    reader->field);
		if (!record_encoder_name(encoder, member))
			return error_set(encoder->error, STATUS_FAILED,
			                 "the first line names %s twice", member->name);
		reader->columns[reader->column_count++] = member;
	} while (!reader->is_last);
	if (encoder->named < encoder->record->count)
		return error_set(encoder->error, STATUS_FAILED,
		                 "the first line does not name member %s",
		                 record_encoder_missing(encoder)->name);
	return 0;
}

/* Make a row from a line. */
static int read_line(struct csv_reader *reader)
{
	if (record_encoder_begin_row(reader->encoder) < 0)
		return -1;
	for (size_t i = 0; i < reader->column_count; i++) {
		struct record_value value = { .kind = RECORD_VALUE_TEXT };

		if (i > 0 && reader->is_last)
			return refuse_line(reader, "has fewer fields than the first line");
		if (read_field(reader) < 0)
			return -1;
		value.text = reader->field;
		value.length = reader->length;
		if (record_encoder_put(reader->encoder, reader->columns[i], &value) < 0)
			return -1;
	}
	if (!reader->is_last)
		return refuse_line(reader, "has more fields than the first line");
	return 0;
}

static bool is_one_text(const struct csv_reader *reader)
{
	return reader->column_count == 1 && reader->columns[0]->type == RECORD_TEXT;
}

static int read_lines(struct csv_reader *reader)
{
	if (read_first_line(reader) < 0)
		return -1;
	while (reader->at < reader->end) {
		/* Skip empty lines, unless a row consists of one text, which may be empty. */
		if (!is_one_text(reader) && is_end_of_line(reader))
			skip_end_of_line(reader);
		else if (read_line(reader) < 0)
			return -1;
	}
	return 0;
}

int record_csv_read(struct record_encoder *encoder, const char *text, const char *end)
{
	struct csv_reader reader = { .encoder = encoder, .at = text, .end = end };
	int result;

	/* No field is longer than the text. */
	reader.field = needed(malloc((size_t)(end - text) + 1));
	reader.columns = needed_array(encoder->record->count, sizeof(*reader.columns));
	result = read_lines(&reader);
	free(reader.field);
	free(reader.columns);
	return result;
}
