/*
 * The contents of watch --table: the list of objects as stat prints it, and the details of one.
 */
#ifndef SHMTOOL_COMMANDS_WATCH_TABLE_LIST_H
#define SHMTOOL_COMMANDS_WATCH_TABLE_LIST_H

#include "cli/command.h"
#include "commands/shared/object_columns.h"
#include "commands/shared/refs.h"
#include "commands/watch/table_rows.h"
#include "commands/watch/table_view.h"
#include "error.h"
#include "objects/filter.h"
#include "output/format.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TABLE_PATTERN_SIZE = 256, TABLE_TOTALS_SIZE = 512 };

struct table_list {
	const struct command_context *context;
	const struct ref_list *refs; /* only these objects; without any: those of the filter */
	struct object_filter filter; /* without kinds that can't be listed */
	struct format_options format;
	struct object_context objects;
	struct column_set set;
	struct column_choice columns[KIND_COUNT];
	unsigned int needs[KIND_COUNT];
	struct table_rows rows;
	/* The objects that the view shows: those of the rows that match the pattern. */
	struct shm_object *shown;
	size_t *shown_rows; /* their rows */
	size_t shown_count;
	struct table_view view;
	uint64_t drawn_at;         /* milliseconds of the clock */
	const struct column *sort; /* NULL: in the order of the list */
	bool descending;
	char *sort_option;
	char pattern[TABLE_PATTERN_SIZE]; /* empty: all */
	char totals[TABLE_TOTALS_SIZE];
	const struct shm_object *selected; /* of shown; NULL: none */
};

/**
 * Prepare the list, and check its columns.
 *
 * @param filter  of the objects; with the kinds of refs, if there are any
 * @param refs    kept, not copied
 * @param format  columns, order, units and colors
 * @return 0, or -1 with error set; the list must be freed in either case
 */
int table_list_begin(struct table_list *list, const struct command_context *context,
                     const struct object_filter *filter, const struct ref_list *refs,
                     const struct format_options *format, struct error *error);

/**
 * List the objects again.
 *
 * @param now  milliseconds of the clock
 * @return 0, or -1 with error set: something could not be listed
 */
int table_list_refresh(struct table_list *list, uint64_t now, struct error *error);

/**
 * Make the view for a screen, and choose another row if the selected one has left.
 *
 * @param height  lines of the screen for the table
 */
void table_list_render(struct table_list *list, size_t width, size_t height, uint64_t now);

/** Draw the view on the screen. */
void table_list_draw(struct table_list *list, size_t place, size_t height, uint64_t now);

/**
 * Select another row.
 *
 * @param lines  number of lines below the selected row; negative: above it; -LONG_MAX, LONG_MAX: the
 *               first or last row
 */
void table_list_move(struct table_list *list, long lines, size_t height);

/** Sort by the next column; after the last one, in the order of the list. */
void table_list_sort_next(struct table_list *list);

/** Reverse the order of sorting. */
void table_list_reverse(struct table_list *list);

/**
 * Make a view of all details of the selected object.
 *
 * @return false if it is gone: the view stays
 */
bool table_list_details(struct table_list *list, struct table_view *view, size_t width);

void table_list_free(struct table_list *list);

#endif
