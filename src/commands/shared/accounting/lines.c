#include "commands/shared/accounting/lines.h"

#include "base/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct usage_line *usage_line_add(struct usage_lines *lines, const char *kind, const char *what,
                                  ...)
{
	struct usage_line *line;
	va_list arguments;
	char *text;

	va_start(arguments, what);
	text = vasprintf(&text, what, arguments) < 0 ? NULL : text;
	va_end(arguments);
	lines->lines = vector_grow(lines->lines, lines->count, sizeof(*lines->lines));
	line = &lines->lines[lines->count++];
	memset(line, 0, sizeof(*line));
	line->kind = kind;
	line->what = needed(text);
	return line;
}

void usage_line_set(struct usage_line *line, uint64_t count, uint64_t resident, uint64_t swapped)
{
	line->known = USAGE_COUNT | USAGE_BYTES | USAGE_SPLIT;
	line->count = count;
	line->resident = resident;
	line->swapped = swapped;
	line->bytes = resident + swapped;
}

void usage_lines_free(struct usage_lines *lines)
{
	for (size_t i = 0; i < lines->count; i++) {
		free(lines->lines[i].what);
		free(lines->lines[i].where);
		free(lines->lines[i].reason);
	}
	free(lines->lines);
	*lines = (struct usage_lines){ .count = 0 };
}

/* The kinds, in the order of the table. */
static const char *const kinds[] = {
	"shm",   "pshm", "psem",    "file",     "dir", "tmpfs", "hugetlbfs",  "removed", "detached",
	"memfd", "anon", "private", "graphics", "sum", "total", "difference", "free",    "reserved",
};

static unsigned int order_of(const char *kind)
{
	unsigned int order = 0;

	while (order < sizeof(kinds) / sizeof(kinds[0]) && strcmp(kind, kinds[order]) != 0)
		order++;
	return order;
}

bool usage_line_is_sum(const struct usage_line *line)
{
	return order_of(line->kind) >= order_of("sum");
}

static int compare(const void *left, const void *right)
{
	const struct usage_line *a = left;
	const struct usage_line *b = right;

	if (a->page_bytes != b->page_bytes)
		return a->page_bytes < b->page_bytes ? -1 : 1;
	if (order_of(a->kind) != order_of(b->kind))
		return order_of(a->kind) < order_of(b->kind) ? -1 : 1;
	/* Our own comes first. */
	if (a->is_place != b->is_place)
		return a->is_place ? 1 : -1;
	if (a->bytes != b->bytes)
		return a->bytes > b->bytes ? -1 : 1;
	return (a->order > b->order) - (a->order < b->order);
}

void usage_lines_finish(struct usage_lines *lines)
{
	for (size_t i = 0; i < lines->count; i++) {
		struct usage_line *line = &lines->lines[i];
		char *what = line->what;

		line->order = (unsigned int)i;
		if (line->reason == NULL)
			continue;
		line->what = needed_text("%s: %s", what, line->reason);
		free(what);
	}
	if (lines->count > 0)
		qsort(lines->lines, lines->count, sizeof(*lines->lines), compare);
}
