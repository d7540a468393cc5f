#include "events/number_table.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

/* The place where a search for a number begins: Fibonacci hashing. */
static size_t first_place(const struct number_table *table, uint64_t number)
{
	return (size_t)((number * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & (table->size - 1);
}

/* The place of a number, or the free one where it would be. The table must have a free place. */
static size_t find_place(const struct number_table *table, uint64_t number)
{
	size_t place = first_place(table, number);

	while (table->entries[place].item != NULL && table->entries[place].number != number)
		place = (place + 1) & (table->size - 1);
	return place;
}

void *number_table_find(const struct number_table *table, uint64_t number)
{
	return table->size > 0 ? table->entries[find_place(table, number)].item : NULL;
}

static void grow(struct number_table *table)
{
	enum { LEAST = 64 };
	const struct number_table old = *table;

	table->size = old.size > 0 ? old.size * 2 : LEAST;
	table->entries = needed_array(table->size, sizeof(*table->entries));
	for (size_t i = 0; i < old.size; i++) {
		if (old.entries[i].item != NULL)
			table->entries[find_place(table, old.entries[i].number)] = old.entries[i];
	}
	free(old.entries);
}

void number_table_set(struct number_table *table, uint64_t number, void *item)
{
	struct number_entry *entry;

	if (table->count * 2 >= table->size)
		grow(table);
	entry = &table->entries[find_place(table, number)];
	if (entry->item == NULL)
		table->count++;
	entry->number = number;
	entry->item = item;
}

void number_table_remove(struct number_table *table, uint64_t number)
{
	size_t hole;
	size_t next;

	if (table->size == 0)
		return;
	hole = find_place(table, number);
	if (table->entries[hole].item == NULL)
		return;
	table->count--;
	/* Move up the entries whose search would otherwise end at the hole. */
	for (next = (hole + 1) & (table->size - 1); table->entries[next].item != NULL;
	     next = (next + 1) & (table->size - 1)) {
		const size_t first = first_place(table, table->entries[next].number);

		if (((next - first) & (table->size - 1)) >= ((next - hole) & (table->size - 1))) {
			table->entries[hole] = table->entries[next];
			hole = next;
		}
	}
	table->entries[hole].item = NULL;
}

void *number_table_next(const struct number_table *table, size_t *at)
{
	while (*at < table->size) {
		void *item = table->entries[(*at)++].item;

		if (item != NULL)
			return item;
	}
	return NULL;
}

void number_table_free(struct number_table *table)
{
	free(table->entries);
	memset(table, 0, sizeof(*table));
}
