#include "records/encoder.h"

#include "base/memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int by_name(const void *a, const void *b)
{
	const struct record_member *const *left = a;
	const struct record_member *const *right = b;

	return strcmp((*left)->name, (*right)->name);
}

static int name_against_member(const void *name, const void *element)
{
	const struct record_member *const *member = element;

	return strcmp(name, (*member)->name);
}

void record_encoder_free(struct record_encoder *encoder)
{
	free(encoder->by_name);
	free(encoder->named_in);
	record_rows_free(&encoder->rows);
}

int record_encoder_begin(struct record_encoder *encoder, const struct record *record,
                         struct error *error)
{
	*encoder = (struct record_encoder){ .record = record, .error = error };
	for (size_t i = 0; i < record->count; i++) {
		if (record->members[i].type == RECORD_LONG_DOUBLE)
			return error_set(error, STATUS_FAILED,
			                 "member %s is read-only: a long double can't be written",
			                 record->members[i].name);
	}
	encoder->by_name = needed_array(record->count, sizeof(*encoder->by_name));
	encoder->named_in = needed_array(record->count, sizeof(*encoder->named_in));
	for (size_t i = 0; i < record->count; i++)
		encoder->by_name[i] = &record->members[i];
	qsort(encoder->by_name, record->count, sizeof(*encoder->by_name), by_name);
	return 0;
}

unsigned long long record_encoder_row(const struct record_encoder *encoder)
{
	return encoder->rows.count;
}

const struct record_member *record_encoder_find(struct record_encoder *encoder, const char *name)
{
	const struct record *record = encoder->record;
	const struct record_member *member = NULL;

	if (encoder->next < record->count)
		member = &record->members[encoder->next];
	if (member == NULL || strcmp(member->name, name) != 0) {
		const struct record_member **found = bsearch(name, encoder->by_name, record->count,
		                                             sizeof(*found), name_against_member);

		if (found == NULL)
			return NULL;
		member = *found;
	}
	encoder->next = (size_t)(member - record->members) + 1;
	return member;
}

bool record_encoder_name(struct record_encoder *encoder, const struct record_member *member)
{
	uint64_t *named_in = &encoder->named_in[member - encoder->record->members];

	if (*named_in == encoder->rows.count + 1)
		return false;
	*named_in = encoder->rows.count + 1;
	encoder->named++;
	return true;
}

const struct record_member *record_encoder_missing(const struct record_encoder *encoder)
{
	const struct record *record = encoder->record;

	if (encoder->named == record->count)
		return NULL;
	for (size_t i = 0; i < record->count; i++) {
		if (encoder->named_in[i] != encoder->rows.count + 1)
			return &record->members[i];
	}
	return NULL;
}

int record_encoder_begin_row(struct record_encoder *encoder)
{
	struct record_rows *rows = &encoder->rows;
	const size_t size = (size_t)encoder->record->bytes;

	if (rows->count == encoder->capacity) {
		uint64_t wanted = encoder->capacity > 0 ? encoder->capacity * 2 : 1;
		unsigned char *larger = reallocarray(rows->bytes, (size_t)wanted, size);

		if (larger == NULL)
			return error_set_errno(encoder->error, errno,
			                       "not enough memory for %llu rows",
			                       record_encoder_row(encoder) + 1);
		rows->bytes = larger;
		encoder->capacity = wanted;
	}
	memset(rows->bytes + rows->count * size, 0, size);
	rows->count++;
	encoder->named = 0;
	encoder->next = 0;
	return 0;
}

int record_encoder_end_row(struct record_encoder *encoder)
{
	const struct record_member *missing = record_encoder_missing(encoder);

	if (missing == NULL)
		return 0;
	return error_set(encoder->error, STATUS_FAILED, "row %llu: missing member %s",
	                 record_encoder_row(encoder), missing->name);
}

int record_encoder_refuse(struct record_encoder *encoder, const struct record_member *member,
                          const char *sentence)
{
	return error_set(encoder->error, STATUS_FAILED, "row %llu, member %s: %s",
	                 record_encoder_row(encoder), member->name, sentence);
}

int record_encoder_put(struct record_encoder *encoder, const struct record_member *member,
                       const struct record_value *value)
{
	unsigned char *row =
	    encoder->rows.bytes + (encoder->rows.count - 1) * encoder->record->bytes;
	struct error why;

	if (!record_encoder_name(encoder, member))
		return record_encoder_refuse(encoder, member, "is given twice");
	if (record_value_write(member, value, row, &why) < 0)
		return record_encoder_refuse(encoder, member, why.text);
	return 0;
}

void record_rows_free(struct record_rows *rows)
{
	free(rows->bytes);
	*rows = (struct record_rows){ .bytes = NULL };
}
