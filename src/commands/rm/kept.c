#include "commands/rm/kept.h"

#include "base/memory.h"
#include "output/report.h"
#include "output/terminal.h"
#include "output/units.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LABEL_SIZE = 160, GROUPS_MAX = 12 };

/* The candidates that were kept for one reason. */
struct kept_group {
	uint64_t objects;
	uint64_t bytes;
	char label[LABEL_SIZE];
};

static const struct column columns[] = {
	{ "objects", "number of objects", COLUMN_NUMBER, ALIGN_RIGHT,
	  .field = FIELD(FIELD_UNSIGNED, struct kept_group, objects) },
	{ "bytes", "their size", COLUMN_SIZE, ALIGN_RIGHT,
	  .field = FIELD(FIELD_UNSIGNED, struct kept_group, bytes) },
	{ "reason", "why they were kept", COLUMN_TEXT, ALIGN_LEFT,
	  .field = FIELD(FIELD_CHARS, struct kept_group, label), .importance = IMPORTANCE_HIGH },
};

static const struct column_set kept_columns = {
	.columns = columns,
	.count = sizeof(columns) / sizeof(columns[0]),
};

bool kept_is_summed_up(const struct removal *removal)
{
	/* The heading, the names of the columns, the summary and the prompt. */
	enum { OTHER_LINES = 4 };
	size_t kept = 0;

	if (!removal->request->format->for_terminal || removal->context->verbose)
		return false;
	for (size_t i = 0; i < removal->list.count; i++)
		kept += removal->rows[i].action == ACTION_KEPT && !removal->rows[i].is_hidden;
	return kept + OTHER_LINES > terminal_stdout()->height;
}

static const char *text_of(const char *text)
{
	return text != NULL ? text : "";
}

/* Order rows by reason. A class stands for all its reasons, which differ in numbers and names. */
static int compare_reasons(const void *left, const void *right)
{
	const struct removal_row *a = *(const struct removal_row *const *)left;
	const struct removal_row *b = *(const struct removal_row *const *)right;

	if (a->kept_as != b->kept_as)
		return a->kept_as < b->kept_as ? -1 : 1;
	if (a->kept_as == KEPT_OTHER)
		return strcmp(text_of(a->why), text_of(b->why));
	return strcmp(text_of(a->kept_family), text_of(b->kept_family));
}

static int compare_counts(const void *left, const void *right)
{
	const struct kept_group *a = left;
	const struct kept_group *b = right;

	if (a->objects != b->objects)
		return (a->objects < b->objects) - (a->objects > b->objects);
	return strcmp(a->label, b->label);
}

static void write_label(const struct removal *removal, const struct removal_row *row,
                        char label[LABEL_SIZE])
{
	const struct object_filter *filter = &removal->request->filter;
	char duration[UNITS_TEXT_SIZE];

	switch (row->kept_as) {
	case KEPT_YOUNG:
		duration_human(duration, filter->older_than.limit);
		snprintf(label, LABEL_SIZE, "younger than %s", duration);
		break;
	case KEPT_RECENT:
		duration_human(duration, filter->idle_for.limit);
		snprintf(label, LABEL_SIZE, "used in the last %s", duration);
		break;
	case KEPT_USED:
		snprintf(label, LABEL_SIZE, "in use");
		break;
	case KEPT_MAKER:
		snprintf(label, LABEL_SIZE, "the creator is not known to be gone");
		break;
	case KEPT_FAMILY:
		snprintf(label, LABEL_SIZE, "needed again: family %s", text_of(row->kept_family));
		break;
	case KEPT_COMPANION:
		snprintf(label, LABEL_SIZE, "a companion is kept: family %s",
		         text_of(row->kept_family));
		break;
	case KEPT_OTHER:
	default:
		snprintf(label, LABEL_SIZE, "%s", text_of(row->why));
		break;
	}
}

static void add(struct kept_group *group, uint64_t objects, uint64_t bytes)
{
	group->objects += objects;
	group->bytes = bytes > UINT64_MAX - group->bytes ? UINT64_MAX : group->bytes + bytes;
}

/* Sum up rows that are sorted by reason. Returns the number of groups. */
static size_t sum_up(const struct removal *removal, const struct removal_row **rows, size_t count,
                     struct kept_group *groups)
{
	size_t used = 0;

	for (size_t i = 0; i < count; i++) {
		if (i == 0 || compare_reasons(&rows[i - 1], &rows[i]) != 0)
			write_label(removal, rows[i], groups[used++].label);
		add(&groups[used - 1], 1, rows[i]->object->bytes);
	}
	qsort(groups, used, sizeof(*groups), compare_counts);
	if (used <= GROUPS_MAX)
		return used;
	for (size_t i = GROUPS_MAX; i < used; i++)
		add(&groups[GROUPS_MAX - 1], groups[i].objects, groups[i].bytes);
	snprintf(groups[GROUPS_MAX - 1].label, LABEL_SIZE, "other reasons");
	return GROUPS_MAX;
}

static int print_groups(const struct removal *removal, struct kept_group *groups, size_t count,
                        struct error *error)
{
	struct format_options format = *removal->request->format;
	const void *rows[GROUPS_MAX];
	const struct report_section section = { .title = "Kept", .rows = rows, .count = count };
	struct report *report;
	int result;

	/* Those of the user are for the rows of the other table. */
	format.columns = NULL;
	format.sort = NULL;
	report = report_open(&kept_columns, &format, NULL, error);
	if (report == NULL)
		return -1;
	for (size_t i = 0; i < count; i++)
		rows[i] = &groups[i];
	result = report_sections(report, &section, 1, error);
	report_close(report);
	return result;
}

int kept_print(const struct removal *removal, struct error *error)
{
	const struct removal_row **rows = needed_array(removal->list.count, sizeof(*rows));
	struct kept_group *groups = needed_array(removal->list.count, sizeof(*groups));
	size_t count = 0;
	int result;

	for (size_t i = 0; i < removal->list.count; i++) {
		if (removal->rows[i].action == ACTION_KEPT && !removal->rows[i].is_hidden)
			rows[count++] = &removal->rows[i];
	}
	qsort(rows, count, sizeof(const struct removal_row *), compare_reasons);
	result = print_groups(removal, groups, sum_up(removal, rows, count, groups), error);
	free(groups);
	free(rows);
	return result;
}
