#include "output/table.h"

#include "base/memory.h"
#include "output/cell.h"
#include "output/color.h"
#include "output/fit.h"
#include "output/mark.h"
#include "output/wrap.h"

#include <stdlib.h>
#include <string.h>

/* The options, with what is the default on a terminal. */
static struct format_options complete_options(const struct format_options *options)
{
	struct format_options completed = *options;

	if (!options->for_terminal)
		return completed;
	completed.human = !options->bytes;
	if (options->time_format == TIME_DEFAULT)
		completed.time_format = TIME_SHORT;
	return completed;
}

static void measure(struct table *table, const void *const *rows, size_t count)
{
	const struct column_choice *choice = &table->choice;
	struct cell_measure *cells = needed_array(choice->count, sizeof(*cells));
	size_t columns = choice->count;
	struct value value;

	/*
	 * Nothing follows the last column, so its width does not matter if it is left-aligned and
	 * need not fit.
	 */
	if (choice->columns[columns - 1]->align == ALIGN_LEFT && table->options.width == 0)
		columns--;
	for (size_t r = 0; r < count; r++) {
		for (size_t c = 0; c < columns; c++) {
			column_value(choice->set, choice->columns[c], rows[r], &value);
			cell_measure_value(&cells[c], choice->columns[c], &value, &table->options,
			                   table->now, &table->scratch);
		}
	}
	for (size_t c = 0; c < choice->count; c++) {
		size_t heading = table->options.no_headings ? 0 : strlen(choice->columns[c]->name);

		table->widths[c] = cells[c].width;
		if (heading > table->widths[c])
			table->widths[c] = heading;
	}
	free(cells);
}

/* The widest value of a column that is at most as wide as a limit; at least the heading. */
static size_t widest_below(struct table *table, const struct column *column,
                           const void *const *rows, size_t count, size_t limit)
{
	size_t widest = strlen(column->name);
	struct value value;

	for (size_t r = 0; r < count; r++) {
		size_t width;

		table->scratch.used = 0;
		column_value(table->choice.set, column, rows[r], &value);
		width = cell_append(&table->scratch, column, &value, &table->options, table->now);
		if (width > widest && width <= limit)
			widest = width;
	}
	return widest;
}

/*
 * A single long name, which cannot be shortened, would leave no room for anything else. So the
 * column is as wide as the other names; the long one has a line of its own.
 */
static void limit_names(struct table *table, const void *const *rows, size_t count)
{
	const struct column_choice *choice = &table->choice;
	const size_t limit = table->options.width - table->options.width / 3;

	if (fit_excess(choice, table->widths, table->options.width) == 0)
		return;
	for (size_t c = 0; c + 1 < choice->count; c++) {
		if (column_is_needed(choice->columns[c]) && table->widths[c] > limit)
			table->widths[c] =
			    widest_below(table, choice->columns[c], rows, count, limit);
	}
}

void table_begin(struct table *table, const struct column_choice *choice,
                 const struct format_options *options, time_t now, const void *const *rows,
                 size_t count)
{
	memset(table, 0, sizeof(*table));
	table->choice = *choice;
	table->options = complete_options(options);
	table->now = now;
	table->widths = needed_array(choice->count, sizeof(*table->widths));
	measure(table, rows, count);
	if (table->options.width == 0)
		return;
	limit_names(table, rows, count);
	fit_columns(&table->choice, table->widths, table->options.width, &table->omitted);
}

/*
 * Append a text in a style, padded to the width of a column. In a colored cell, the blanks are
 * outside the style.
 */
static void append_styled(const struct table *table, struct buffer *buffer, size_t c,
                          enum style style, const char *text, size_t length, size_t width)
{
	size_t missing = table->widths[c] > width ? table->widths[c] - width : 0;
	bool last = c + 1 == table->choice.count;

	if (table->choice.columns[c]->align == ALIGN_RIGHT)
		buffer_append_blanks(buffer, missing);
	if (buffer->marks != NULL)
		buffer->marks->column = table->choice.columns[c];
	style_append(buffer, style, table->options.colored, text, length);
	if (table->choice.columns[c]->align == ALIGN_LEFT && !last)
		buffer_append_blanks(buffer, missing);
}

void table_append_names(const struct table *table, struct buffer *buffer)
{
	for (size_t c = 0; c < table->choice.count; c++) {
		const char *name = table->choice.columns[c]->name;

		append_styled(table, buffer, c, STYLE_HEADING, name, strlen(name), strlen(name));
		buffer_append(buffer, c + 1 == table->choice.count ? "\n" : " ", 1);
	}
	if (buffer->marks != NULL)
		buffer->marks->column = NULL;
}

/* Continue a row on the next line, after the place of a column. */
static void continue_below(const struct table *table, struct buffer *buffer, size_t column)
{
	size_t place = column;

	for (size_t c = 0; c <= column; c++)
		place += table->widths[c];
	buffer_append(buffer, "\n", 1);
	buffer_append_blanks(buffer, place);
}

/* Append a cell that is styled or may have to be shortened. */
static void append_fitted(struct table *table, struct buffer *buffer, size_t c,
                          const struct value *value)
{
	const struct column *column = table->choice.columns[c];
	struct buffer *scratch = &table->scratch;
	enum style style = STYLE_PLAIN;
	size_t width;

	scratch->used = 0;
	buffer_reserve(scratch, 1); /* the text may be empty */
	width = cell_append(scratch, column, value, &table->options, table->now);
	if (value->kind != VALUE_UNKNOWN && value->kind != VALUE_ABSENT)
		style = style_of(column->styles, scratch->data, scratch->used);
	if (width > table->widths[c] && table->options.width > 0 && !column_is_needed(column))
		width = fit_text(scratch, table->widths[c]);
	append_styled(table, buffer, c, style, scratch->data, scratch->used, width);
	if (width > table->widths[c] && c + 1 < table->choice.count)
		continue_below(table, buffer, c);
}

void table_append_row(struct table *table, struct buffer *buffer, const void *row)
{
	const struct column_choice *choice = &table->choice;
	struct marks *marks = buffer->marks;
	bool is_plain = !table->options.colored && table->options.width == 0 && marks == NULL;
	size_t start = buffer->used;
	struct value value;

	if (marks != NULL)
		marks->row = row;
	for (size_t c = 0; c < choice->count; c++) {
		if (c > 0)
			buffer_append(buffer, " ", 1);
		column_value(choice->set, choice->columns[c], row, &value);
		if (is_plain)
			cell_append_aligned(buffer, choice->columns[c], &value, &table->options,
			                    table->now, table->widths[c], c + 1 == choice->count);
		else
			append_fitted(table, buffer, c, &value);
	}
	/* Strip trailing blanks, which empty texts at the end of a row leave behind. */
	while (buffer->used > start && buffer->data[buffer->used - 1] == ' ')
		buffer->used--;
	buffer_append(buffer, "\n", 1);
	if (marks == NULL)
		return;
	marks->row = NULL;
	marks->column = NULL;
}

void table_append_omitted(struct table *table, struct buffer *buffer)
{
	struct buffer *line = &table->scratch;

	if (table->omitted.count == 0)
		return;
	line->used = 0;
	for (size_t i = 0; i < table->omitted.count; i++) {
		buffer_append_text(line, i == 0 ? "not shown: " : ", ");
		buffer_append_text(line, table->omitted.columns[i]->name);
	}
	buffer_append_text(line, " (--no-truncate)");
	wrap_append(buffer, line->data, line->used, table->options.width, 0);
	buffer_append(buffer, "\n", 1);
}

void table_end(struct table *table)
{
	column_choice_free(&table->choice);
	column_choice_free(&table->omitted);
	free(table->widths);
	free(table->scratch.data);
}
