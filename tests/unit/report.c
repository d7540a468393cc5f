#include "unit.h"

#include "output/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct row {
	const char *name;
	uint64_t bytes;
};

static const struct column columns[] = {
	{ "name", "a name", COLUMN_TEXT, ALIGN_LEFT, .field = FIELD(FIELD_TEXT, struct row, name) },
	{ "bytes", "a size", COLUMN_SIZE, ALIGN_RIGHT,
	  .field = FIELD(FIELD_UNSIGNED, struct row, bytes) },
};

static const struct column_set set = { .columns = columns, .count = UNIT_ROWS(columns) };

static const struct row rows[] = { { "b", 4096 }, { "a\nb", 1 }, { "two words", 1536 } };

static const struct {
	struct format_options options;
	const char *output;
} reports[] = {
	{ { .format = FORMAT_TABLE },
	  "------ Title --------\n"
	  "name      bytes\n"
	  "b          4096\n"
	  "a\\012b        1\n"
	  "two words  1536\n" },
	{ { .format = FORMAT_TABLE, .no_headings = true, .human = true, .sort = "bytes" },
	  "a\\012b       1\n"
	  "two words 1.5K\n"
	  "b           4K\n" },
	{ { .format = FORMAT_TABLE, .columns = "bytes", .no_headings = true, .sort = "-bytes" },
	  "4096\n1536\n   1\n" },
	{ { .format = FORMAT_RAW, .no_headings = true },
	  "b 4096\na\\012b 1\ntwo\\040words 1536\n" },
	{ { .format = FORMAT_EXPORT },
	  "NAME=\"b\" BYTES=\"4096\"\n"
	  "NAME=\"a\\\\012b\" BYTES=\"1\"\n"
	  "NAME=\"two words\" BYTES=\"1536\"\n" },
	{ { .format = FORMAT_JSON },
	  "[\n"
	  "{\"name\":\"b\",\"bytes\":4096},\n"
	  "{\"name\":\"a\\nb\",\"bytes\":1},\n"
	  "{\"name\":\"two words\",\"bytes\":1536}\n"
	  "]\n" },
};

/* Check what is printed for sections with given options. */
static void check_report(size_t number, const struct format_options *options,
                         const struct report_section *sections, size_t count, const char *expected)
{
	struct error error = { .text = "" };
	struct report *report = report_open(&set, options, NULL, &error);
	char *output = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&output, &size);
	char row[16];

	snprintf(row, sizeof(row), "row %zu", number);
	if (unit_check(report != NULL && stream != NULL, "%s: %s", row, error.text)) {
		report_to_stream(report, stream);
		unit_check(report_sections(report, sections, count, &error) == 0, "%s: %s", row,
		           error.text);
		report_close(report);
		fclose(stream);
		unit_check_text(row, output, expected);
	}
	free(output);
}

static void prints_each_format(void)
{
	for (size_t i = 0; i < UNIT_ROWS(reports); i++) {
		const void *pointers[UNIT_ROWS(rows)];
		const struct report_section section = { .title = "Title",
			                                .rows = pointers,
			                                .count = UNIT_ROWS(rows) };

		for (size_t r = 0; r < UNIT_ROWS(rows); r++)
			pointers[r] = &rows[r];
		check_report(i, &reports[i].options, &section, 1, reports[i].output);
	}
}

/* Two sections, the first with one total and the second with two. */
static const struct row totalled[] = { { "b", 2 }, { "c", 3 },     { "sum", 5 }, { "a", 1 },
	                               { "d", 4 }, { "total", 9 }, { "less", 0 } };

static const struct {
	struct format_options options;
	const char *output;
} sorted_lists[] = {
	{ { .format = FORMAT_RAW, .columns = "name", .no_headings = true, .sort = "-bytes" },
	  "d\nc\nb\na\nsum\ntotal\nless\n" },
	{ { .format = FORMAT_TABLE, .columns = "name", .no_headings = true, .sort = "bytes" },
	  "a\nb\nc\nd\nsum\ntotal\nless\n" },
	{ { .format = FORMAT_RAW, .columns = "name", .no_headings = true },
	  "b\nc\nsum\na\nd\ntotal\nless\n" },
};

static void keeps_totals_at_the_end(void)
{
	for (size_t i = 0; i < UNIT_ROWS(sorted_lists); i++) {
		const void *pointers[UNIT_ROWS(totalled)];
		const struct report_section sections[] = {
			{ .title = "First", .rows = pointers, .count = 3, .pinned = 1 },
			{ .title = "Second", .rows = pointers + 3, .count = 4, .pinned = 2 },
		};

		for (size_t r = 0; r < UNIT_ROWS(totalled); r++)
			pointers[r] = &totalled[r];
		check_report(i, &sorted_lists[i].options, sections, 2, sorted_lists[i].output);
	}
}

static const struct unit_test tests[] = {
	{ "tables, raw lines, shell assignments and JSON", prints_each_format },
	{ "one list of several sections keeps their totals at the end", keeps_totals_at_the_end },
};

UNIT_SUITE(report_suite, "report", tests);
