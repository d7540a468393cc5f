#include "output/lines.h"

#include "base/memory.h"
#include "output/machine.h"
#include "output/stdout.h"
#include "output/table.h"

#include <stdlib.h>
#include <time.h>

/* The size of the buffer before stdio, in bytes. */
enum { FLUSH_AT = 1 << 16 };

struct lines {
	const struct format_options *options;
	struct column_choice choice; /* of other formats than FORMAT_TABLE */
	struct table table;          /* of FORMAT_TABLE */
	bool has_names;
	struct buffer buffer;
};

static bool is_table(const struct lines *lines)
{
	return lines->options->format == FORMAT_TABLE;
}

static int choose(const struct lines_layout *layout, const struct format_options *options,
                  struct column_choice *choice, struct error *error)
{
	const char *defaults =
	    options->format == FORMAT_TABLE ? layout->table_columns : layout->machine_columns;
	const char *list = options->columns != NULL ? options->columns : defaults;

	if (column_choice_parse(layout->set, list, defaults, choice, error) < 0)
		return -1;
	if (options->columns != NULL && *options->columns != '+')
		choice->named = 0;
	return 0;
}

struct lines *lines_open(const struct lines_layout *layout, const struct format_options *options,
                         struct error *error)
{
	struct lines *lines = needed_array(1, sizeof(*lines));

	lines->options = options;
	if (choose(layout, options, &lines->choice, error) < 0) {
		free(lines);
		return NULL;
	}
	if (is_table(lines))
		table_begin(&lines->table, &lines->choice, options, time(NULL), layout->samples,
		            layout->sample_count);
	return lines;
}

static void append_names(struct lines *lines)
{
	const struct format_options *options = lines->options;

	if (lines->has_names)
		return;
	lines->has_names = true;
	if (is_table(lines))
		table_append_omitted(&lines->table, &lines->buffer);
	if (!options->no_headings && is_table(lines))
		table_append_names(&lines->table, &lines->buffer);
	else if (!options->no_headings && options->format == FORMAT_RAW)
		machine_append_names(&lines->buffer, &lines->choice);
}

unsigned int lines_needs(const struct lines *lines)
{
	const struct column_choice *choice =
	    is_table(lines) ? &lines->table.choice : &lines->choice;
	unsigned int needs = 0;

	for (size_t i = 0; i < choice->count; i++)
		needs |= choice->columns[i]->needs;
	return needs;
}

static void write_out(struct lines *lines)
{
	stdout_write(lines->buffer.data, lines->buffer.used);
	lines->buffer.used = 0;
}

void lines_print(struct lines *lines, const void *row)
{
	append_names(lines);
	if (is_table(lines))
		table_append_row(&lines->table, &lines->buffer, row);
	else
		machine_append_row(&lines->buffer, &lines->choice, row, lines->options, time(NULL));
	if (lines->options->format == FORMAT_JSON)
		buffer_append(&lines->buffer, "\n", 1);
	if (lines->buffer.used >= FLUSH_AT)
		write_out(lines);
}

int lines_flush(struct lines *lines)
{
	append_names(lines);
	write_out(lines);
	return stdout_flush();
}

void lines_close(struct lines *lines)
{
	if (lines == NULL)
		return;
	write_out(lines);
	if (is_table(lines))
		table_end(&lines->table);
	else
		column_choice_free(&lines->choice);
	free(lines->buffer.data);
	free(lines);
}
