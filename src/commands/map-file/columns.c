#include "commands/map-file/columns.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/mman.h>

static uint64_t mapped_pages(const struct mapped_file *file)
{
	return mapping_pages(&file->mapping);
}

uint64_t mapped_file_rest(const struct mapped_file *file)
{
	return file->bytes > file->offset ? file->bytes - file->offset : 0;
}

/*
 * The offset in the mapping from which access raises SIGBUS: after the page in which the file ends.
 */
static uint64_t first_sigbus(const struct mapped_file *file)
{
	return mapping_round_up(mapped_file_rest(file), file->mapping.page_bytes);
}

uint64_t mapped_file_end(const struct mapped_file *file)
{
	return mapped_pages(file) * file->mapping.page_bytes;
}

/* Whether the file ends within the mapping. */
static bool ends_in_mapping(const struct mapped_file *file)
{
	uint64_t end = mapped_file_rest(file);

	return end > 0 && end <= mapped_file_end(file);
}

static void value_address(const void *row, struct value *value)
{
	const struct mapped_file *file = row;

	snprintf(value->scratch, sizeof(value->scratch), "0x%" PRIxPTR,
	         (uintptr_t)file->mapping.address);
	value_set_text(value, value->scratch);
}

static void value_protection(const void *row, struct value *value)
{
	const struct mapped_file *file = row;

	snprintf(value->scratch, sizeof(value->scratch), "%c%c%c",
	         (file->protection & PROT_READ) ? 'r' : '-',
	         (file->protection & PROT_WRITE) ? 'w' : '-',
	         (file->protection & PROT_EXEC) ? 'x' : '-');
	value_set_text(value, value->scratch);
}

static void value_sharing(const void *row, struct value *value)
{
	value_set_text(value, ((const struct mapped_file *)row)->is_private ? "private" : "shared");
}

static void value_pages(const void *row, struct value *value)
{
	value_set_number(value, mapped_pages(row));
}

static void value_bytes(const void *row, struct value *value)
{
	const struct mapped_file *file = row;

	if (file->has_end)
		value_set_number(value, file->bytes);
}

static void value_end_page(const void *row, struct value *value)
{
	const struct mapped_file *file = row;

	if (ends_in_mapping(file))
		value_set_number(value,
		                 (mapped_file_rest(file) - 1) / file->mapping.page_bytes + 1);
}

static void value_end_offset(const void *row, struct value *value)
{
	const struct mapped_file *file = row;

	if (ends_in_mapping(file))
		value_set_number(value,
		                 (mapped_file_rest(file) - 1) % file->mapping.page_bytes + 1);
}

static void value_beyond_end(const void *row, struct value *value)
{
	const struct mapped_file *file = row;

	if (ends_in_mapping(file))
		value_set_number(value, first_sigbus(file) - mapped_file_rest(file));
}

static void value_sigbus(const void *row, struct value *value)
{
	const struct mapped_file *file = row;

	if (file->has_end && first_sigbus(file) < mapped_file_end(file))
		value_set_number(value, first_sigbus(file));
}

static const struct column columns[] = {
	{ "file", "path of the file", COLUMN_TEXT, ALIGN_LEFT,
	  .field = FIELD(FIELD_TEXT, struct mapped_file, path) },
	{ "address", "address of the mapping", COLUMN_TEXT, ALIGN_LEFT, .value = value_address },
	{ "length", "bytes mapped", COLUMN_SIZE, ALIGN_RIGHT,
	  .field = FIELD(FIELD_UNSIGNED, struct mapped_file, mapping.length) },
	{ "protection", "permissions: r, w, x, or - for each", COLUMN_TEXT, ALIGN_LEFT,
	  .value = value_protection },
	{ "sharing", "shared or private", COLUMN_TEXT, ALIGN_LEFT, .value = value_sharing },
	{ "offset", "offset in the file where the mapping starts, in bytes", COLUMN_NUMBER,
	  ALIGN_RIGHT, .field = FIELD(FIELD_UNSIGNED, struct mapped_file, offset) },
	{ "pages", "pages of the mapping", COLUMN_NUMBER, ALIGN_RIGHT, .value = value_pages },
	{ "page_size", "bytes of a page", COLUMN_SIZE, ALIGN_RIGHT,
	  .field = FIELD(FIELD_UNSIGNED, struct mapped_file, mapping.page_bytes) },
	{ "bytes", "size of the file", COLUMN_SIZE, ALIGN_RIGHT, .value = value_bytes },
	{ "end_page", "page of the mapping in which the file ends, counted from 1", COLUMN_NUMBER,
	  ALIGN_RIGHT, .value = value_end_page },
	{ "end_offset", "offset in that page at which the file ends", COLUMN_NUMBER, ALIGN_RIGHT,
	  .value = value_end_offset },
	{ "beyond_end",
	  "bytes after the end that can be accessed, but are never written to the file",
	  COLUMN_SIZE, ALIGN_RIGHT, .value = value_beyond_end },
	{ "sigbus", "offset in the mapping from which access raises SIGBUS", COLUMN_NUMBER,
	  ALIGN_RIGHT, .value = value_sigbus },
};

const struct column_set mapped_file_columns = {
	.columns = columns,
	.count = sizeof(columns) / sizeof(columns[0]),
};

void mapped_file_title(const void *row, char *target, size_t size)
{
	snprintf(target, size, "Mapping of %.250s", ((const struct mapped_file *)row)->path);
}
