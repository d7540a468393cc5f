#include "commands/watch/table_rows.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

/* A list of objects, and the number of rows that refer to it. */
struct table_snapshot {
	struct object_list list;
	size_t rows;
};

/* A value as it was listed last. */
struct table_cell {
	uint64_t hash;
	uint64_t changed; /* milliseconds of the clock; 0: never */
};

/* An order of objects in which equal ones are the same object, listed at different times. */
static int compare_objects(const struct shm_object *a, const struct shm_object *b)
{
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (KIND_BIT(a->kind) & KINDS_SYSV)
		return (a->id > b->id) - (a->id < b->id);
	if (a->inode != b->inode)
		return a->inode < b->inode ? -1 : 1;
	return strcmp(a->name != NULL ? a->name : "", b->name != NULL ? b->name : "");
}

/* The order in which old rows are searched. */
static int compare_rows(const void *left, const void *right)
{
	return compare_objects(&(*(const struct table_row *const *)left)->object,
	                       &(*(const struct table_row *const *)right)->object);
}

/* FNV-1a, of a value as it is: its text may change with the time. */
static uint64_t hash_value(const struct value *value)
{
	const bool has_text = value->kind == VALUE_TEXT || value->kind == VALUE_REAL;
	const bool has_number = !has_text && value->kind != VALUE_ABSENT &&
	                        value->kind != VALUE_UNKNOWN && value->kind != VALUE_UNLIMITED;
	const unsigned char *bytes =
	    (const unsigned char *)(has_text ? value->text : (const char *)&value->number);
	const size_t length = has_text     ? strlen(value->text)
	                      : has_number ? sizeof(value->number)
	                                   : 0;
	uint64_t hash = UINT64_C(0xcbf29ce484222325) + (uint64_t)value->kind;

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
	return hash;
}

/* Note the values of a row; old are those before, NULL if it is new. */
static void note_values(struct table_row *row, const struct column_choice *columns,
                        const struct table_cell *old, uint64_t now)
{
	struct value value;

	row->cells = needed_array(columns->count, sizeof(*row->cells));
	for (size_t c = 0; c < columns->count; c++) {
		struct table_cell *cell = &row->cells[c];

		/* Ages change without an event. */
		if (columns->columns[c]->type == COLUMN_DURATION)
			continue;
		column_value(columns->set, columns->columns[c], &row->object, &value);
		cell->hash = hash_value(&value);
		if (old != NULL)
			cell->changed = cell->hash == old[c].hash ? old[c].changed : now;
	}
}

static void release(struct table_snapshot *snapshot)
{
	if (--snapshot->rows > 0)
		return;
	object_list_free(&snapshot->list);
	free(snapshot);
}

static void drop_row(struct table_row *row)
{
	free(row->cells);
	release(row->snapshot);
}

/* The old rows, to be found by their objects. */
struct old_rows {
	struct table_row *rows;
	size_t count;
	size_t next; /* where the next object is if nothing has changed */
	struct table_row **sorted;
	bool *is_found;
};

static struct table_row *find_old(struct old_rows *old, const struct shm_object *object)
{
	struct table_row wanted = { .object = *object };
	struct table_row *key = &wanted;
	struct table_row **found;

	while (old->next < old->count && old->rows[old->next].state == TABLE_ROW_GONE)
		old->next++;
	if (old->next < old->count && compare_objects(&old->rows[old->next].object, object) == 0)
		return &old->rows[old->next++];
	if (old->sorted == NULL) {
		old->sorted = needed_array(old->count, sizeof(struct table_row *));
		for (size_t i = 0; i < old->count; i++)
			old->sorted[i] = &old->rows[i];
		qsort(old->sorted, old->count, sizeof(struct table_row *), compare_rows);
	}
	found = bsearch(&key, old->sorted, old->count, sizeof(struct table_row *), compare_rows);
	if (found == NULL || (*found)->state == TABLE_ROW_GONE)
		return NULL;
	old->next = (size_t)(*found - old->rows) + 1;
	return *found;
}

/* Append a row for an object of a list. Returns the old one, or NULL. */
static struct table_row *add_listed(struct table_rows *rows, struct old_rows *old,
                                    const struct shm_object *object,
                                    struct table_snapshot *snapshot,
                                    const struct column_choice *columns, uint64_t now)
{
	struct table_row *before = find_old(old, object);
	struct table_row *row = &rows->rows[rows->count++];

	*row = (struct table_row){ .object = *object, .snapshot = snapshot };
	snapshot->rows++;
	if (before != NULL) {
		row->is_selected = before->is_selected;
		row->state = before->state;
		row->since = before->since;
	} else if (rows->is_begun) {
		row->state = TABLE_ROW_NEW;
		row->since = now;
	}
	if (row->state == TABLE_ROW_NEW && now - row->since >= TABLE_HIGHLIGHT)
		row->state = TABLE_ROW_SEEN;
	note_values(row, columns, before != NULL ? before->cells : NULL, now);
	return before;
}

/* Append the old row of an object that is gone, unless that was long ago. */
static void add_gone(struct table_rows *rows, struct table_row *before, uint64_t now)
{
	if (before->state != TABLE_ROW_GONE) {
		before->state = TABLE_ROW_GONE;
		before->since = now;
	} else if (now - before->since >= TABLE_HIGHLIGHT) {
		return;
	}
	rows->rows[rows->count++] = *before;
	before->snapshot->rows++;
	before->cells = NULL;
}

/*
 * Append the old rows of gone objects that follow a row: they stay where they were. Those at the
 * beginning of a kind follow no row of that kind.
 */
static void add_gone_after(struct table_rows *rows, struct old_rows *old, size_t place,
                           enum object_kind kind, uint64_t now)
{
	while (place < old->count && !old->is_found[place] && old->rows[place].object.kind == kind)
		add_gone(rows, &old->rows[place++], now);
}

/* The place of the first old row of a kind. */
static size_t first_of(const struct old_rows *old, enum object_kind kind)
{
	size_t place = 0;

	while (place < old->count && old->rows[place].object.kind != kind)
		place++;
	return place;
}

/* Put the listed rows and those that are gone in one order. */
static void merge(struct table_rows *rows, struct old_rows *old, struct table_row *const *before,
                  uint64_t now)
{
	struct table_row *listed = rows->rows;
	const size_t count = rows->count;
	size_t next = 0;

	rows->rows = needed_array(count + old->count, sizeof(*rows->rows));
	rows->count = 0;
	for (unsigned int kind = 0; kind < KIND_COUNT; kind++) {
		add_gone_after(rows, old, first_of(old, kind), kind, now);
		for (; next < count && listed[next].object.kind == kind; next++) {
			rows->rows[rows->count++] = listed[next];
			if (before[next] != NULL)
				add_gone_after(rows, old, (size_t)(before[next] - old->rows) + 1,
				               kind, now);
		}
	}
	free(listed);
}

void table_rows_update(struct table_rows *rows, struct object_list *list,
                       const struct column_choice columns[KIND_COUNT], uint64_t now)
{
	struct old_rows old = { .rows = rows->rows, .count = rows->count };
	struct table_snapshot *snapshot = needed_array(1, sizeof(*snapshot));
	struct table_row **before = needed_array(list->count, sizeof(struct table_row *));

	snapshot->list = *list;
	snapshot->rows = 1;
	*list = (struct object_list){ .count = 0 };
	old.is_found = needed_array(old.count, sizeof(*old.is_found));
	rows->rows = needed_array(snapshot->list.count, sizeof(*rows->rows));
	rows->count = 0;
	for (size_t i = 0; i < snapshot->list.count; i++) {
		const struct shm_object *object = &snapshot->list.objects[i];

		before[i] = add_listed(rows, &old, object, snapshot, &columns[object->kind], now);
		if (before[i] != NULL)
			old.is_found[before[i] - old.rows] = true;
	}
	merge(rows, &old, before, now);
	for (size_t i = 0; i < old.count; i++)
		drop_row(&old.rows[i]);
	release(snapshot);
	free(old.rows);
	free(old.sorted);
	free(old.is_found);
	free(before);
	rows->is_begun = true;
}

void table_rows_expire(struct table_rows *rows, uint64_t now)
{
	size_t kept = 0;

	for (size_t i = 0; i < rows->count; i++) {
		struct table_row *row = &rows->rows[i];
		const bool is_over = now - row->since >= TABLE_HIGHLIGHT;

		if (row->state == TABLE_ROW_GONE && is_over) {
			drop_row(row);
			continue;
		}
		if (row->state == TABLE_ROW_NEW && is_over)
			row->state = TABLE_ROW_SEEN;
		rows->rows[kept++] = *row;
	}
	rows->count = kept;
}

static bool is_fresh(const struct table_cell *cell, uint64_t now)
{
	return cell->changed != 0 && now - cell->changed < TABLE_HIGHLIGHT;
}

bool table_row_changed(const struct table_row *row, const struct column_choice *columns,
                       const struct column *column, uint64_t now)
{
	size_t c = 0;

	while (c < columns->count && columns->columns[c] != column)
		c++;
	return c < columns->count && is_fresh(&row->cells[c], now);
}

uint64_t table_rows_next_end(const struct table_rows *rows,
                             const struct column_choice columns[KIND_COUNT], uint64_t now)
{
	uint64_t first = UINT64_MAX;

	for (size_t i = 0; i < rows->count; i++) {
		const struct table_row *row = &rows->rows[i];

		if (row->state != TABLE_ROW_SEEN && row->since < first)
			first = row->since;
		for (size_t c = 0; c < columns[row->object.kind].count; c++) {
			if (is_fresh(&row->cells[c], now) && row->cells[c].changed < first)
				first = row->cells[c].changed;
		}
	}
	return first == UINT64_MAX ? first : first + TABLE_HIGHLIGHT;
}

void table_rows_free(struct table_rows *rows)
{
	for (size_t i = 0; i < rows->count; i++)
		drop_row(&rows->rows[i]);
	free(rows->rows);
	*rows = (struct table_rows){ .count = 0 };
}
