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

/* Where in the mapping a touch raises SIGBUS: behind the page in which the file ends. */
static uint64_t first_sigbus(const struct mapped_file *file)
{
	return mapping_round_up(mapped_file_rest(file), file->mapping.page_bytes);
}

uint64_t mapped_file_end(const struct mapped_file *file)
{
	return mapped_pages(file) * file->mapping.page_bytes;
}

/* Whether the file ends within what is mapped, not before it or behind it. */
static bool ends_in_mapping(const struct mapped_file *file)
{
	uint64_t end = mapped_file_rest(file);

	return end > 0 && end <= mapped_file_end(file);
}

static void text_value(struct value *value, const char *text)
{
	value->kind = VALUE_TEXT;
	value->text = text;
}

static void number_value(struct value *value, uint64_t number)
{
	value->kind = VALUE_NUMBER;
	value->number = number;
}

static void value_file(const void *row, struct value *value)
{
	text_value(value, ((const struct mapped_file *)row)->path);
}

static void value_address(const void *row, struct value *value)
{
	const struct mapped_file *file = row;

	snprintf(value->scratch, sizeof(value->scratch), "0x%" PRIxPTR,
	         (uintptr_t)file->mapping.address);
	text_value(value, value->scratch);
}

static void value_length(const void *row, struct value *value)
{
	number_value(value, ((const struct mapped_file *)row)->mapping.length);
}

static void value_protection(const void *row, struct value *value)
{
	const struct mapped_file *file = row;

	snprintf(value->scratch, sizeof(value->scratch), "%c%c%c",
	         (file->protection & PROT_READ) ? 'r' : '-',
	         (file->protection & PROT_WRITE) ? 'w' : '-',
	         (file->protection & PROT_EXEC) ? 'x' : '-');
	text_value(value, value->scratch);
}

static void value_sharing(const void *row, struct value *value)
{
	text_value(value, ((const struct mapped_file *)row)->is_private ? "private" : "shared");
}

static void value_offset(const void *row, struct value *value)
{
	number_value(value, ((const struct mapped_file *)row)->offset);
}

static void value_pages(const void *row, struct value *value)
{
	number_value(value, mapped_pages(row));
}

static void value_page_size(const void *row, struct value *value)
{
	number_value(value, ((const struct mapped_file *)row)->mapping.page_bytes);
}

static void value_bytes(const void *row, struct value *value)
{
	number_value(value, ((const struct mapped_file *)row)->bytes);
}

static void value_end_page(const void *row, struct value *value)
{
	const struct mapped_file *file = row;

	if (ends_in_mapping(file))
		number_value(value, (mapped_file_rest(file) - 1) / file->mapping.page_bytes + 1);
}

static void value_end_offset(const void *row, struct value *value)
{
	const struct mapped_file *file = row;

	if (ends_in_mapping(file))
		number_value(value, (mapped_file_rest(file) - 1) % file->mapping.page_bytes + 1);
}

static void value_beyond_end(const void *row, struct value *value)
{
	const struct mapped_file *file = row;

	if (ends_in_mapping(file))
		number_value(value, first_sigbus(file) - mapped_file_rest(file));
}

static void value_sigbus(const void *row, struct value *value)
{
	const struct mapped_file *file = row;

	if (first_sigbus(file) < mapped_file_end(file))
		number_value(value, first_sigbus(file));
}

static const struct column columns[] = {
	{ "file", "path of the file", COLUMN_TEXT, ALIGN_LEFT, value_file, 0, NULL },
	{ "address", "where it is mapped", COLUMN_TEXT, ALIGN_LEFT, value_address, 0, NULL },
	{ "length", "bytes that are mapped", COLUMN_SIZE, ALIGN_RIGHT, value_length, 0, NULL },
	{ "protection", "r, w, x, or - for each", COLUMN_TEXT, ALIGN_LEFT, value_protection, 0,
	  NULL },
	{ "sharing", "shared or private", COLUMN_TEXT, ALIGN_LEFT, value_sharing, 0, NULL },
	{ "offset", "where in the file the mapping begins, in bytes", COLUMN_NUMBER, ALIGN_RIGHT,
	  value_offset, 0, NULL },
	{ "pages", "pages of the mapping", COLUMN_NUMBER, ALIGN_RIGHT, value_pages, 0, NULL },
	{ "page_size", "bytes of a page", COLUMN_SIZE, ALIGN_RIGHT, value_page_size, 0, NULL },
	{ "bytes", "size of the file", COLUMN_SIZE, ALIGN_RIGHT, value_bytes, 0, NULL },
	{ "end_page", "page of the mapping in which the file ends, from 1", COLUMN_NUMBER,
	  ALIGN_RIGHT, value_end_page, 0, NULL },
	{ "end_offset", "where in that page it ends: bytes of the page that belong to it",
	  COLUMN_NUMBER, ALIGN_RIGHT, value_end_offset, 0, NULL },
	{ "beyond_end", "bytes behind the end that can be touched, never written to the file",
	  COLUMN_SIZE, ALIGN_RIGHT, value_beyond_end, 0, NULL },
	{ "sigbus", "offset in the mapping from where on a touch raises SIGBUS", COLUMN_NUMBER,
	  ALIGN_RIGHT, value_sigbus, 0, NULL },
};

const struct column_set mapped_file_columns = {
	.columns = columns,
	.count = sizeof(columns) / sizeof(columns[0]),
};

void mapped_file_title(const void *row, char *target, size_t size)
{
	snprintf(target, size, "Mapping of %.250s", ((const struct mapped_file *)row)->path);
}
