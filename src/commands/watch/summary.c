#include "commands/watch/summary.h"

#include "base/memory.h"
#include "events/calls.h"
#include "objects/kind.h"
#include "output/report.h"
#include "system/account.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

/* The criteria by which events are counted. */
enum grouping { BY_OBJECT, BY_COMMAND, BY_CALL, GROUPINGS };

/* The number of groups of each; the events of others are counted together. */
enum { GROUPS_MAX = 100000 };

struct group {
	enum grouping by;
	char *name; /* the REF, command or system call; NULL: all others */
	uid_t uid;  /* BY_COMMAND: (uid_t)-1 if it is unknown */
	uint64_t events;
	uint64_t counts[EVENT_TYPES];
	uint64_t errors; /* of system calls */
};

struct summary {
	struct report *report;
	void *trees[GROUPINGS]; /* of tsearch(3) */
	struct group others[GROUPINGS];
	struct group **groups; /* in the order of their first events */
	size_t count;
	size_t counts[GROUPINGS];
};

static void get_by(const void *row, struct value *value)
{
	static const char *const words[] = {
		[BY_OBJECT] = "object", [BY_COMMAND] = "command", [BY_CALL] = "call"
	};

	value_set_text(value, words[((const struct group *)row)->by]);
}

static void get_name(const void *row, struct value *value)
{
	const struct group *group = row;

	value_set_text(value, group->name != NULL ? group->name : "others");
}

static void get_user(const void *row, struct value *value)
{
	const struct group *group = row;

	value_set_unknown(value);
	if (group->uid != (uid_t)-1)
		value_set_text(value, account_user(group->uid));
}

static unsigned int class_of(const void *row)
{
	return 1U << ((const struct group *)row)->by;
}

#define COUNT(word, meaning, type)                                                                 \
	{                                                                                          \
		word, meaning, COLUMN_NUMBER, ALIGN_RIGHT,                                         \
		    .field = FIELD(FIELD_UNSIGNED, struct group, counts[type])                     \
	}

static const struct column columns[] = {
	{ "by", "criterion of the row: object, command or call", COLUMN_TEXT, ALIGN_LEFT,
	  .value = get_by, .whole = true },
	{ "ref", "REF of the object", COLUMN_REF, ALIGN_LEFT, .value = get_name,
	  .classes = 1U << BY_OBJECT },
	{ "command", "command of the processes", COLUMN_TEXT, ALIGN_LEFT, .value = get_name,
	  .classes = 1U << BY_COMMAND, .importance = IMPORTANCE_NEEDED },
	{ "user", "user of the processes", COLUMN_TEXT, ALIGN_LEFT, .value = get_user,
	  .classes = 1U << BY_COMMAND },
	{ "syscall", "name of the system call", COLUMN_TEXT, ALIGN_LEFT, .value = get_name,
	  .classes = 1U << BY_CALL, .importance = IMPORTANCE_NEEDED },
	{ "events", "all events", COLUMN_NUMBER, ALIGN_RIGHT,
	  .field = FIELD(FIELD_UNSIGNED, struct group, events) },
	COUNT("created", "objects created", EVENT_CREATED),
	COUNT("attached", "attaches", EVENT_ATTACHED),
	COUNT("detached", "detaches, also by the end of a process", EVENT_DETACHED),
	COUNT("opened", "files opened", EVENT_OPENED),
	COUNT("closed", "files closed", EVENT_CLOSED),
	COUNT("resized", "changes of the size", EVENT_RESIZED),
	COUNT("changed", "changes of owner, mode or another attribute", EVENT_CHANGED),
	COUNT("renamed", "changes of the name", EVENT_RENAMED),
	COUNT("locked", "locks in memory", EVENT_LOCKED),
	COUNT("unlocked", "unlocks", EVENT_UNLOCKED),
	COUNT("marked", "objects marked for destruction", EVENT_MARKED),
	COUNT("removed", "objects removed", EVENT_REMOVED),
	COUNT("called", "calls that changed nothing (--calls)", EVENT_CALLED),
	{ "errors", "system calls that failed", COLUMN_NUMBER, ALIGN_RIGHT,
	  .field = FIELD(FIELD_UNSIGNED, struct group, errors) },
};

const struct column_set watch_summary_columns = {
	.columns = columns,
	.count = sizeof(columns) / sizeof(columns[0]),
	.class_of = class_of,
};

#define COUNT_COLUMNS "events,created,attached,detached,opened,closed,resized,removed"

static const char *const section_columns[] = {
	[BY_OBJECT] = "ref," COUNT_COLUMNS,
	[BY_COMMAND] = "command,user," COUNT_COLUMNS,
	[BY_CALL] = "syscall,events,errors",
};

struct summary *summary_open(const struct format_options *format, struct error *error)
{
	struct report *report = report_open(&watch_summary_columns, format, NULL, error);
	struct summary *summary;

	if (report == NULL)
		return NULL;
	summary = needed_array(1, sizeof(*summary));
	summary->report = report;
	return summary;
}

static int compare_keys(const void *left, const void *right)
{
	const struct group *a = left;
	const struct group *b = right;

	return a->uid != b->uid ? (a->uid > b->uid) - (a->uid < b->uid) : strcmp(a->name, b->name);
}

static struct group *find_group(struct summary *summary, enum grouping by, const char *name,
                                uid_t uid)
{
	struct group key = { .by = by, .name = (char *)(uintptr_t)name, .uid = uid };
	struct group **place = tfind(&key, &summary->trees[by], compare_keys);
	struct group *group;

	if (place != NULL)
		return *place;
	if (summary->counts[by] == GROUPS_MAX)
		return &summary->others[by];
	group = needed_array(1, sizeof(*group));
	*group = key;
	group->name = needed(strdup(name));
	(void)needed(tsearch(group, &summary->trees[by], compare_keys));
	summary->groups = vector_grow(summary->groups, summary->count, sizeof(*summary->groups));
	summary->groups[summary->count++] = group;
	summary->counts[by]++;
	return group;
}

static void count(struct group *group, const struct event *event)
{
	group->events++;
	group->counts[event->type]++;
	group->errors += event->call != NULL && event->result < 0;
}

void summary_add(struct summary *summary, const struct event *event)
{
	if (event->type == EVENT_LOST)
		return;
	if (event->object != NULL) {
		char ref[REF_TEXT_SIZE];

		object_ref(event->object, ref);
		count(find_group(summary, BY_OBJECT, ref, 0), event);
	}
	if (event->process.command[0] != '\0')
		count(find_group(summary, BY_COMMAND, event->process.command, event->process.uid),
		      event);
	if (event->call != NULL)
		count(find_group(summary, BY_CALL, event_call_name(event->call), 0), event);
}

/* The busiest first, then by name; all others last. */
static int compare_rows(const void *left, const void *right)
{
	const struct group *a = *(const struct group *const *)left;
	const struct group *b = *(const struct group *const *)right;

	if (a->by != b->by)
		return (a->by > b->by) - (a->by < b->by);
	if (a->name == NULL || b->name == NULL)
		return (a->name == NULL) - (b->name == NULL);
	if (a->events != b->events)
		return (a->events < b->events) - (a->events > b->events);
	return compare_keys(a, b);
}

static void keep(void *group)
{
	(void)group;
}

int summary_close(struct summary *summary, bool print, struct error *error)
{
	static const char *const titles[] = {
		[BY_OBJECT] = "Objects", [BY_COMMAND] = "Commands", [BY_CALL] = "System Calls"
	};
	struct report_section sections[GROUPINGS];
	const void **rows;
	size_t row = 0;
	int result = 0;

	for (size_t by = 0; by < GROUPINGS; by++) {
		summary->others[by].by = (enum grouping)by;
		summary->others[by].uid = (uid_t)-1;
		if (summary->others[by].events == 0)
			continue;
		summary->groups =
		    vector_grow(summary->groups, summary->count, sizeof(*summary->groups));
		summary->groups[summary->count++] = &summary->others[by];
		summary->counts[by]++;
	}
	if (summary->count > 0)
		qsort(summary->groups, summary->count, sizeof(*summary->groups), compare_rows);
	rows = needed_array(summary->count, sizeof(*rows));
	for (size_t i = 0; i < summary->count; i++)
		rows[i] = summary->groups[i];
	for (size_t by = 0; by < GROUPINGS; by++) {
		sections[by] = (struct report_section){
			.title = titles[by],
			.columns = section_columns[by],
			.rows = rows + row,
			.count = summary->counts[by],
			.pinned = summary->others[by].events > 0,
		};
		row += summary->counts[by];
	}
	if (print) {
		result = report_sections(summary->report, sections, GROUPINGS, error);
		report_close(summary->report);
	} else {
		report_discard(summary->report);
	}
	for (size_t by = 0; by < GROUPINGS; by++)
		tdestroy(summary->trees[by], keep);
	for (size_t i = 0; i < summary->count; i++) {
		if (summary->groups[i]->name == NULL)
			continue;
		free(summary->groups[i]->name);
		free(summary->groups[i]);
	}
	free(summary->groups);
	free(rows);
	free(summary);
	return result;
}
