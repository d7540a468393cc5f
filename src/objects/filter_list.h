/*
 * Lists of values in filters: "alice,bob", "!postgres".
 *
 * A value that begins with "!" is excluded, any other is wanted. An object passes a list if its
 * value is one of the wanted values (if there are any) and none of the excluded ones. A list may be
 * given in several parts. A comma within a value is written as "\,", a leading exclamation mark as
 * "\!".
 */
#ifndef SHMTOOL_OBJECTS_FILTER_LIST_H
#define SHMTOOL_OBJECTS_FILTER_LIST_H

#include "error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct filter_value {
	bool is_excluded;
	uint32_t number; /* a uid_t, a key_t, bits of KIND_BIT() */
	char *text;      /* without the quoting; a pattern keeps it */
};

/** All zero is the empty list, which every value passes. */
struct filter_list {
	struct filter_value *values;
	size_t count;
	bool has_wanted; /* not all values are excluded */
};

/**
 * Convert a value to its number.
 *
 * @return 0, or -1 with a usage error in error
 */
typedef int filter_value_fn(const char *text, uint32_t *number, struct error *error);

/**
 * Add the values of a comma-separated list.
 *
 * @param text   the list
 * @param parse  converts each value; NULL: the values are patterns of fnmatch(3), in which a
 *               backslash quotes any character and a comma in brackets is not a separator
 * @param error  receives a usage error: an empty value, one that parse rejects, a pattern that
 *               can't match any name
 * @return 0, or -1 with error set; the values before the faulty one have been added
 */
int filter_list_add(struct filter_list *list, const char *text, filter_value_fn *parse,
                    struct error *error);

void filter_list_free(struct filter_list *list);

/** Check whether an object with a given value passes. */
bool filter_list_passes_number(const struct filter_list *list, uint32_t number);

/**
 * Check whether an object with a given name passes a list of patterns.
 *
 * @param name  with the leading slash, which a pattern may omit
 */
bool filter_list_passes_name(const struct filter_list *list, const char *name);

/**
 * Find a pattern that can match only the path of a file in a directory, because it has a slash other
 * than a leading one.
 *
 * @param list  of patterns
 * @return the pattern, or NULL
 */
const char *filter_list_find_path(const struct filter_list *list);

/** Check whether an object without such a value passes: it does unless a value is wanted. */
bool filter_list_passes_none(const struct filter_list *list);

/**
 * Combine the bits of all values.
 *
 * @param all  the wanted bits if the list has no wanted value
 * @return the wanted bits without the excluded ones
 */
unsigned int filter_list_bits(const struct filter_list *list, unsigned int all);

#endif
