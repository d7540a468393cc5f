/*
 * An index of patterns: the patterns that match a text, without a look at most of the others.
 *
 * It is sorted by literal prefix. All prefixes of a text are found by one binary search and the links
 * between prefixes of each other; of these patterns, most differ in the byte after the prefix or in the
 * last one.
 */
#ifndef SHMTOOL_USAGE_FAMILY_INDEX_H
#define SHMTOOL_USAGE_FAMILY_INDEX_H

#include "usage/family_pattern.h"

#include <stdbool.h>
#include <stddef.h>

/** All zero: empty. */
struct family_index {
	struct family_index_entry *entries;
	size_t count;
};

/**
 * Add a pattern.
 *
 * @param pattern  kept; NULL matches every text
 * @param number   what the search reports
 */
void family_index_add(struct family_index *index, struct family_pattern *pattern, size_t number);

/** Complete an index: nothing may be added after that. */
void family_index_finish(struct family_index *index);

/** Tell whether a pattern is wanted: what is cheaper to check than the pattern itself. */
typedef bool family_index_wants_fn(const void *closure, size_t number);

/** A search that is under way. */
struct family_search {
	family_index_wants_fn *wants;
	const void *closure;
	const struct family_index *index;
	const char *text;
	size_t length; /* of text in bytes */
	size_t at;
	bool has_prefix; /* the prefix at this place is one of the text */
};

/**
 * Begin a search.
 *
 * @param index  family_index_finish() was called
 * @param text   kept
 * @param wants  called with closure before a pattern is matched
 */
void family_index_begin(const struct family_index *index, const char *text,
                        family_index_wants_fn *wants, const void *closure,
                        struct family_search *search);

/**
 * Find the next wanted pattern that matches.
 *
 * @param below   patterns with this number and higher ones are passed over
 * @param number  receives that of the pattern
 * @return false if there is none
 */
bool family_index_next(struct family_search *search, size_t below, size_t *number);

void family_index_free(struct family_index *index);

#endif
