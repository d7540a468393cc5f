#include "usage/family_index.h"

#include "base/memory.h"
#include "usage/family_scanner.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct family_index_entry {
	struct family_pattern *pattern;
	const char *prefix;
	size_t length; /* of prefix */
	size_t number;
	size_t parent; /* the entry whose prefix begins this one's prefix; or NO_ENTRY */
	struct family_edges edges;
};

#define NO_ENTRY SIZE_MAX

void family_index_add(struct family_index *index, struct family_pattern *pattern, size_t number)
{
	struct family_index_entry *entry;
	bool is_whole;

	index->entries = vector_grow(index->entries, index->count, sizeof(*index->entries));
	entry = &index->entries[index->count++];
	*entry = (struct family_index_entry){
		.pattern = pattern,
		.prefix = "",
		.number = number,
		.edges = { { .class = SCAN_ANY }, { .class = SCAN_ANY } },
	};
	if (pattern == NULL)
		return;
	entry->prefix = family_pattern_prefix(pattern, &is_whole);
	entry->length = strlen(entry->prefix);
	family_pattern_edges(pattern, &entry->edges);
}

static int compare(const void *first, const void *second)
{
	const struct family_index_entry *a = first;
	const struct family_index_entry *b = second;
	const int prefixes = strcmp(a->prefix, b->prefix);

	if (prefixes != 0)
		return prefixes;
	return a->number < b->number ? -1 : a->number > b->number;
}

void family_index_finish(struct family_index *index)
{
	if (index->count > 0)
		qsort(index->entries, index->count, sizeof(*index->entries), compare);
	for (size_t i = 0; i < index->count; i++) {
		const struct family_index_entry *entry = &index->entries[i];
		size_t parent = i > 0 ? i - 1 : NO_ENTRY;

		while (parent != NO_ENTRY && strncmp(index->entries[parent].prefix, entry->prefix,
		                                     index->entries[parent].length) != 0)
			parent = index->entries[parent].parent;
		index->entries[i].parent = parent;
	}
}

void family_index_begin(const struct family_index *index, const char *text,
                        family_index_wants_fn *wants, const void *closure,
                        struct family_search *search)
{
	size_t begin = 0;
	size_t end = index->count;

	/* The last entry that does not sort after the text. */
	while (begin < end) {
		const size_t middle = begin + (end - begin) / 2;

		if (strcmp(index->entries[middle].prefix, text) <= 0)
			begin = middle + 1;
		else
			end = middle;
	}
	*search = (struct family_search){
		.wants = wants,
		.closure = closure,
		.index = index,
		.text = text,
		.length = strlen(text),
		.at = begin > 0 ? begin - 1 : NO_ENTRY,
	};
}

/* Check what can be checked without a call: most patterns end here. */
static bool may_match(const struct family_index_entry *entry, const struct family_search *search)
{
	if (search->length == entry->length)
		return true;
	return scan_step_takes(&entry->edges.first, search->text[entry->length]) &&
	       scan_step_takes(&entry->edges.last, search->text[search->length - 1]);
}

bool family_index_next(struct family_search *search, size_t below, size_t *number)
{
	while (search->at != NO_ENTRY) {
		const struct family_index_entry *entry = &search->index->entries[search->at];

		search->at = entry->parent;
		/* The prefixes behind this one begin it. */
		search->has_prefix =
		    search->has_prefix || strncmp(entry->prefix, search->text, entry->length) == 0;
		if (search->has_prefix && entry->number < below && may_match(entry, search) &&
		    search->wants(search->closure, entry->number) &&
		    (entry->pattern == NULL ||
		     family_pattern_match(entry->pattern, search->text, NULL))) {
			*number = entry->number;
			return true;
		}
	}
	return false;
}

void family_index_free(struct family_index *index)
{
	free(index->entries);
}
