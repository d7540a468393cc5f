#include "commands/probe-pages/summary_columns.h"

#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void get_percent(const void *row, struct value *value)
{
	const struct page_counts *counts = &((const struct summary_row *)row)->counts;

	value_set_unknown(value);
	if (counts->pages > 0)
		value_set_share(value, (double)counts->resident / (double)counts->pages);
}

static unsigned int known_of(const void *row)
{
	return ((const struct summary_row *)row)->counts.known;
}

#define COUNT(member) .field = FIELD(FIELD_UNSIGNED, struct summary_row, counts.member)

static const struct column columns[] = {
	{ "ref", "REF of the object, for any command", COLUMN_REF, ALIGN_LEFT,
	  .field = FIELD(FIELD_TEXT, struct summary_row, ref) },
	{ "bytes", "size of the object", COLUMN_SIZE, ALIGN_RIGHT,
	  .field = FIELD(FIELD_UNSIGNED, struct summary_row, bytes), .alias = "size" },
	{ "pages", "number of pages", COLUMN_NUMBER, ALIGN_RIGHT, COUNT(pages),
	  .importance = IMPORTANCE_NEEDED },
	{ "resident", "pages in memory", COLUMN_NUMBER, ALIGN_RIGHT, COUNT(resident),
	  .known = COUNTS_RESIDENT, .importance = IMPORTANCE_NEEDED },
	{ "percent", "pages in memory per hundred", COLUMN_NUMBER, ALIGN_RIGHT,
	  .value = get_percent, .known = COUNTS_RESIDENT },
	{ "dirty", "pages not yet written to the disk", COLUMN_NUMBER, ALIGN_RIGHT, COUNT(dirty),
	  .known = COUNTS_DIRTY },
	{ "writeback", "pages being written to the disk", COLUMN_NUMBER, ALIGN_RIGHT,
	  COUNT(writeback), .known = COUNTS_DIRTY, .importance = IMPORTANCE_LOW },
	{ "evicted", "pages that were in memory, as the kernel remembers", COLUMN_NUMBER,
	  ALIGN_RIGHT, COUNT(evicted), .known = COUNTS_EVICTED, .importance = IMPORTANCE_LOW },
	{ "recent", "evicted pages whose return would show a shortage of memory", COLUMN_NUMBER,
	  ALIGN_RIGHT, COUNT(recent), .known = COUNTS_EVICTED, .alias = "recently_evicted",
	  .importance = IMPORTANCE_LOW },
	{ "swapped", "pages of an object in memory that are in swap", COLUMN_NUMBER, ALIGN_RIGHT,
	  COUNT(swapped), .known = COUNTS_ELSEWHERE },
	{ "disk", "pages of a file that are only on the disk", COLUMN_NUMBER, ALIGN_RIGHT,
	  COUNT(on_disk), .known = COUNTS_ELSEWHERE },
	{ "hole", "pages never written, which read as zeros", COLUMN_NUMBER, ALIGN_RIGHT,
	  COUNT(hole), .known = COUNTS_HOLE },
	{ "huge", "pages in huge pages", COLUMN_NUMBER, ALIGN_RIGHT, COUNT(huge),
	  .known = COUNTS_HUGE, .importance = IMPORTANCE_LOW },
};

const struct column_set summary_columns = {
	.columns = columns,
	.count = sizeof(columns) / sizeof(columns[0]),
	.known_of = known_of,
};

/* A path may be long, and is not padded where it comes last. */
static const char default_numbers[] =
    "pages,resident,dirty,writeback,evicted,recent,swapped,hole,huge";
static const char default_last[] = ",ref";

/* Only the columns of nodes have neither a field nor a function. */
static void get_node(void *closure, const void *row, size_t index, struct value *value)
{
	const uint64_t *nodes = ((const struct summary_row *)row)->nodes;

	(void)closure;
	if (nodes != NULL)
		value_set_number(value, nodes[index - sizeof(columns) / sizeof(columns[0])]);
	else
		value_set_unknown(value);
}

void summary_set_make(const struct numa_nodes *nodes, struct summary_set *made)
{
	const size_t fixed = summary_columns.count;
	const size_t added = nodes != NULL ? nodes->count : 0;
	char *defaults;

	made->columns = needed_array(fixed + added, sizeof(*made->columns));
	made->defaults = needed(strdup(default_numbers));
	memcpy(made->columns, columns, sizeof(columns));
	for (size_t i = 0; i < added; i++) {
		defaults = needed_text("%s,node%d", made->defaults, nodes->numbers[i]);
		made->columns[fixed + i] = (struct column){
			.name = needed_text("node%d", nodes->numbers[i]),
			.meaning = "pages in memory on this NUMA node",
			.type = COLUMN_NUMBER,
			.align = ALIGN_RIGHT,
		};
		free(made->defaults);
		made->defaults = defaults;
	}
	defaults = needed_text("%s%s", made->defaults, default_last);
	free(made->defaults);
	made->defaults = defaults;
	made->set = (struct column_set){
		.columns = made->columns,
		.count = fixed + added,
		.known_of = known_of,
		.value = get_node,
	};
}

void summary_set_free(struct summary_set *made)
{
	for (size_t i = summary_columns.count; i < made->set.count; i++)
		free((void *)made->columns[i].name);
	free(made->columns);
	free(made->defaults);
}
