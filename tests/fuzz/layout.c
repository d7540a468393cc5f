/*
 * Declarations of records. Members lie one after another within the record, each at a multiple of
 * what its type needs.
 */
#include "fuzz.h"

#include "records/layout.h"
#include "records/value.h"

#include <stdlib.h>
#include <string.h>

static void check_record(const struct record *record, bool packed)
{
	uint64_t end = 0;

	fuzz_check(record->count > 0 && record->count <= RECORD_MEMBERS_MAX, "%zu members",
	           record->count);
	fuzz_check(record->bytes <= RECORD_BYTES_MAX, "the record is too large");
	fuzz_check(record->alignment > 0 && record->bytes % record->alignment == 0,
	           "the size is no multiple of the alignment");
	for (size_t i = 0; i < record->count; i++) {
		const struct record_member *member = &record->members[i];

		fuzz_check(member->offset >= end, "'%s' overlaps the one before", member->name);
		end = member->offset + member->size + member->padding;
		fuzz_check(member->size > 0 && end <= record->bytes, "'%s' is outside the record",
		           member->name);
		fuzz_check(!packed || member->padding == 0, "'%s' is padded", member->name);
	}
	fuzz_check(end == record->bytes, "the record ends elsewhere");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const bool packed = fuzz_byte(&data, &size) & 1;
	char *text = fuzz_text(data, size);
	struct error error = { .text = "" };
	struct record record = { .count = 0 };

	if (record_parse(text, packed, &record, &error) == 0)
		check_record(&record, packed);
	else
		fuzz_check(error.text[0] != '\0', "rejected without a sentence");
	record_free(&record);
	free(text);
	return 0;
}
