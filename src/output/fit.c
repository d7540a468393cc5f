#include "output/fit.h"

#include "base/memory.h"
#include "output/terminal.h"
#include "output/text.h"

#include <stdlib.h>
#include <string.h>

/* A text is shortened to this many columns, or to its heading, at most. */
enum { SHORTEST = 8 };

/* A column that the user added to the defaults is more important than they are. */
static int importance_of(const struct column_choice *choice, size_t index)
{
	const struct column *column = choice->columns[index];

	if (column_is_needed(column))
		return IMPORTANCE_NEEDED + 1;
	return (int)column->importance + (index >= choice->named);
}

/*
 * The width that a column may be shortened to. A number that is cut is another number.
 *
 * @param other  importance of the least important column
 */
static size_t shortest(const struct column_choice *choice, size_t index, size_t width, int other)
{
	const struct column *column = choice->columns[index];
	size_t heading = strlen(column->name);
	size_t least = heading > SHORTEST ? heading : SHORTEST;

	if (column->legible > least && other < importance_of(choice, index))
		least = column->legible;
	if (column_is_needed(column) || column->whole ||
	    (column->type != COLUMN_TEXT && column->type != COLUMN_ESCAPED))
		return width;
	return least < width ? least : width;
}

/* By importance, the least one first; of equals, the defaults first, then the right one. */
static int compare(const void *left, const void *right, void *closure)
{
	const struct column_choice *choice = closure;
	size_t a = *(const size_t *)left;
	size_t b = *(const size_t *)right;
	int order = importance_of(choice, a) - importance_of(choice, b);

	if (order == 0)
		order = (a >= choice->named) - (b >= choice->named);
	if (order != 0)
		return order;
	return (a < b) - (a > b);
}

static void omit(struct column_choice *choice, size_t *widths, size_t column)
{
	size_t behind = --choice->count - column;

	memmove(&choice->columns[column], &choice->columns[column + 1],
	        behind * sizeof(*choice->columns));
	memmove(&widths[column], &widths[column + 1], behind * sizeof(*widths));
	choice->named -= column < choice->named;
}

size_t fit_excess(const struct column_choice *choice, const size_t *widths, size_t width)
{
	size_t total = choice->count - 1;

	for (size_t c = 0; c < choice->count; c++)
		total += widths[c];
	return total > width ? total - width : 0;
}

/*
 * The number of columns that may be shortened, in the given order: as long as there are some of low
 * importance, only these.
 */
static size_t candidates(const struct column_choice *choice, const size_t *order)
{
	size_t count = 0;

	while (count < choice->count && importance_of(choice, order[count]) < IMPORTANCE_USUAL)
		count++;
	return count > 0 ? count : choice->count;
}

/* Shorten columns in the given order; none if that is not enough. */
static bool shorten(const struct column_choice *choice, size_t *widths, const size_t *order,
                    size_t excess)
{
	size_t count = candidates(choice, order);
	const int other = importance_of(choice, order[0]);
	size_t possible = 0;

	for (size_t i = 0; i < count; i++)
		possible += widths[order[i]] - shortest(choice, order[i], widths[order[i]], other);
	if (possible < excess)
		return false;
	for (size_t i = 0; excess > 0; i++) {
		size_t c = order[i];
		size_t most = widths[c] - shortest(choice, c, widths[c], other);
		size_t less = most < excess ? most : excess;

		widths[c] -= less;
		excess -= less;
	}
	return true;
}

void fit_columns(struct column_choice *choice, size_t *widths, size_t width,
                 struct column_choice *omitted)
{
	size_t *order = needed_array(choice->count, sizeof(*order));
	size_t excess;

	while ((excess = fit_excess(choice, widths, width)) > 0) {
		for (size_t c = 0; c < choice->count; c++)
			order[c] = c;
		qsort_r(order, choice->count, sizeof(*order), compare, choice);
		if (shorten(choice, widths, order, excess) ||
		    column_is_needed(choice->columns[order[0]]) || choice->count == 1)
			break;
		omitted->columns =
		    vector_grow(omitted->columns, omitted->count, sizeof(*omitted->columns));
		omitted->columns[omitted->count++] = choice->columns[order[0]];
		omit(choice, widths, order[0]);
	}
	free(order);
}

size_t fit_text(struct buffer *text, size_t width)
{
	const struct terminal *terminal = terminal_stdout();
	const char *ellipsis = terminal->is_utf8 ? "…" : "~";
	size_t kept = 0; /* columns */

	text->used = text_prefix(text->data, text->used, width - 1, &kept);
	buffer_append_text(text, ellipsis);
	return kept + 1;
}
