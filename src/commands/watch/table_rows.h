/*
 * The rows of watch --table, and what has changed in them: new objects, changed values, and objects
 * that are gone but still shown for a moment.
 */
#ifndef SHMTOOL_COMMANDS_WATCH_TABLE_ROWS_H
#define SHMTOOL_COMMANDS_WATCH_TABLE_ROWS_H

#include "objects/object.h"
#include "output/column.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The time for which a change is highlighted, in milliseconds. */
enum { TABLE_HIGHLIGHT = 3000 };

enum table_row_state { TABLE_ROW_SEEN, TABLE_ROW_NEW, TABLE_ROW_GONE };

struct table_snapshot;
struct table_cell;

struct table_row {
	struct shm_object object; /* its texts belong to the snapshot */
	bool is_selected;
	enum table_row_state state;
	uint64_t since;                  /* of the state: milliseconds of the clock */
	struct table_cell *cells;        /* by column of the object's kind */
	struct table_snapshot *snapshot; /* the last list with this object */
};

/** All zero: nothing was listed yet. */
struct table_rows {
	struct table_row *rows; /* kind by kind, in the order of the list */
	size_t count;
	bool is_begun;
};

/**
 * Replace the rows by those of a new list.
 *
 * @param list     from choose_list(); its contents move to the rows
 * @param columns  to compare, for each kind
 * @param now      milliseconds
 */
void table_rows_update(struct table_rows *rows, struct object_list *list,
                       const struct column_choice columns[KIND_COUNT], uint64_t now);

/** Drop the rows of objects that have been gone for long enough. */
void table_rows_expire(struct table_rows *rows, uint64_t now);

/**
 * Check whether a value has changed a moment ago.
 *
 * @param columns  of the row's kind
 */
bool table_row_changed(const struct table_row *row, const struct column_choice *columns,
                       const struct column *column, uint64_t now);

/** When the next highlight ends: milliseconds of the clock; UINT64_MAX: there is none. */
uint64_t table_rows_next_end(const struct table_rows *rows,
                             const struct column_choice columns[KIND_COUNT], uint64_t now);

void table_rows_free(struct table_rows *rows);

#endif
