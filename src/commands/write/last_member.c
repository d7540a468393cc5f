#include "commands/write/last_member.h"

#include "output/suggest.h"
#include "stream/interrupt.h"

#include <inttypes.h>
#include <string.h>

static int no_such_member(const struct record *record, const char *name, struct error *error)
{
	struct suggestion suggestion;

	suggest_begin(&suggestion, name);
	for (size_t i = 0; i < record->count; i++)
		suggest_consider(&suggestion, record->members[i].name);
	error_set(error, STATUS_USAGE, "--last %s: no such member in the record", name);
	if (suggestion.nearest != NULL)
		error_append(error, ", did you mean %s?", suggestion.nearest);
	return -1;
}

int last_member_find(const struct record *record, const char *name, uint64_t offset,
                     const struct record_member **member, struct error *error)
{
	const struct record_member *found = record->members;
	const struct record_member *end = found + record->count;

	while (found < end && strcmp(found->name, name) != 0)
		found++;
	if (found == end)
		return no_such_member(record, name, error);
	if (!memory_store_is_atomic(found->size))
		return error_set(error, STATUS_USAGE,
		                 "--last %s: a member of %" PRIu64 " byte%s can't be stored "
		                 "atomically, only one of 1, "
		                 "2, 4 or 8 bytes",
		                 name, found->size, plural_s(found->size));
	/* Check the alignment of all records: each must start at a multiple. */
	if ((offset + found->offset) % found->size != 0 || record->bytes % found->size != 0)
		return error_set(error, STATUS_USAGE,
		                 "--last %s: is not aligned, so it can't be stored atomically: "
		                 "its offset must be a multiple of %" PRIu64
		                 " in every record (--offset, --header, --packed)",
		                 name, found->size);
	*member = found;
	return 0;
}

/* Write the bytes before the member and those after it. */
static int write_rest(struct memory *memory, uint64_t offset, const struct record *record,
                      const struct record_member *member, const unsigned char *row,
                      struct error *error)
{
	const uint64_t behind = member->offset + member->size;
	uint64_t done;

	if (member->offset > 0 &&
	    memory_write(memory, offset, row, member->offset, &done, error) < 0)
		return -1;
	if (behind == record->bytes)
		return 0;
	return memory_write(memory, offset + behind, row + behind, record->bytes - behind, &done,
	                    error);
}

int last_member_write(struct memory *memory, uint64_t offset, const struct record *record,
                      const struct record_member *member, const struct record_rows *rows,
                      uint64_t *done, struct error *error)
{
	const struct memory_store store = {
		.offset = offset + member->offset,
		.values = rows->bytes + member->offset,
		.size = member->size,
		.stride = record->bytes,
		.count = rows->count,
	};
	uint64_t stored;
	int result;

	*done = 0;
	for (uint64_t i = 0; i < rows->count; i++) {
		if (interrupt_pending())
			return 0;
		if (write_rest(memory, offset + i * record->bytes, record, member,
		               rows->bytes + i * record->bytes, error) < 0)
			return -1;
	}
	result = memory_store_release(memory, &store, &stored, error);
	*done = stored * record->bytes;
	return result;
}
