/*
 * A hash table of pointers by number, for tasks and objects by id.
 */
#ifndef SHMTOOL_EVENTS_NUMBER_TABLE_H
#define SHMTOOL_EVENTS_NUMBER_TABLE_H

#include <stddef.h>
#include <stdint.h>

struct number_entry {
	uint64_t number;
	void *item; /* NULL: the place is free */
};

/** All zero is the empty table. */
struct number_table {
	struct number_entry *entries;
	size_t size; /* a power of two, or 0 */
	size_t count;
};

/** Find an item; returns NULL if there is none. */
void *number_table_find(const struct number_table *table, uint64_t number);

/** Add an item, or replace that of the same number. */
void number_table_set(struct number_table *table, uint64_t number, void *item);

/** Remove an item, if it is there. */
void number_table_remove(struct number_table *table, uint64_t number);

/** The items in no particular order: start with *at 0; returns NULL after the last. */
void *number_table_next(const struct number_table *table, size_t *at);

/** Free the table, without its items. */
void number_table_free(struct number_table *table);

#endif
