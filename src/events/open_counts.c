#include "events/open_counts.h"

#include "base/descriptor.h"
#include "base/memory.h"
#include "events/file_map.h"
#include "events/inotify_events.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* The operations of one sort on a name. */
struct operations {
	long missing; /* counted, but not noted; negative: noted, but not counted yet */
	bool is_noted;
	bool is_ambiguous; /* noted for several processes or files */
	pid_t pid;
};

struct counted_name {
	struct operations operations[OPEN_COUNTS_OPERATIONS];
	struct file_key *file; /* that was noted; NULL: none */
	char name[];
};

struct open_counts {
	int inotify;
	struct file_map names; /* struct counted_name by name */
	bool is_lost;          /* the counts are incomplete */
	bool has_counted;      /* by the last reading */
};

struct open_counts *open_counts_new(const char *path)
{
	struct open_counts *counts;
	const int inotify = inotify_events_open(path, IN_OPEN | IN_CLOSE);

	if (inotify < 0)
		return NULL;
	counts = needed_array(1, sizeof(*counts));
	counts->inotify = inotify;
	return counts;
}

static bool drop(void *value, void *state)
{
	struct counted_name *counted = value;
	(void)state;

	free(counted->file);
	free(counted);
	return false;
}

void open_counts_free(struct open_counts *counts)
{
	if (counts == NULL)
		return;
	file_map_visit(&counts->names, drop, NULL);
	file_map_free(&counts->names);
	descriptor_close(counts->inotify);
	free(counts);
}

static struct counted_name *find(struct open_counts *counts, const char *name)
{
	struct counted_name *counted;
	struct file_key key;
	void **value;

	file_key_of_name(&key, name);
	value = file_map_add(&counts->names, &key);
	if (*value != NULL)
		return *value;
	counted = needed_array(1, sizeof(*counted) + strlen(name) + 1);
	stpcpy(counted->name, name);
	*value = counted;
	return counted;
}

static void count(void *closure, const struct inotify_event *event)
{
	struct open_counts *counts = closure;
	const enum open_operation operation =
	    (event->mask & IN_OPEN) != 0 ? OPEN_COUNTS_OPENED : OPEN_COUNTS_CLOSED;

	counts->has_counted = true;
	if (event->mask & IN_Q_OVERFLOW)
		counts->is_lost = true;
	else if (event->len > 0 && !(event->mask & IN_ISDIR))
		find(counts, event->name)->operations[operation].missing++;
}

void open_counts_read(struct open_counts *counts)
{
	counts->has_counted = false;
	(void)inotify_events_read(counts->inotify, count, counts);
}

void open_counts_note(struct open_counts *counts, enum open_operation operation, const char *name,
                      const struct file_key *file, pid_t pid)
{
	struct counted_name *counted = find(counts, name);
	struct operations *operations = &counted->operations[operation];

	operations->missing--;
	if (counted->file != NULL && !file_key_equals(counted->file, file))
		operations->is_ambiguous = true;
	if (operations->is_noted && operations->pid != pid)
		operations->is_ambiguous = true;
	operations->is_noted = true;
	operations->pid = pid;
	free(counted->file);
	counted->file = file_key_copy(file);
}

struct settling {
	open_counts_fn *take;
	void *closure;
};

static bool pass_missing(void *value, void *state)
{
	struct counted_name *counted = value;
	const struct settling *settling = state;
	bool is_any = true;

	/* In turns, since a process that opens a file usually closes it before it opens it again. */
	while (is_any) {
		is_any = false;
		for (int i = 0; i < OPEN_COUNTS_OPERATIONS; i++) {
			struct operations *operations = &counted->operations[i];

			if (operations->missing <= 0 || !operations->is_noted)
				continue;
			operations->missing--;
			is_any = true;
			settling->take(settling->closure, (enum open_operation)i, counted->name,
			               counted->file,
			               operations->is_ambiguous ? 0 : operations->pid);
		}
	}
	for (int i = 0; i < OPEN_COUNTS_OPERATIONS; i++) {
		counted->operations[i].is_noted = false;
		counted->operations[i].is_ambiguous = false;
		is_any |= counted->operations[i].missing != 0;
	}
	return is_any || drop(counted, NULL);
}

void open_counts_settle(struct open_counts *counts, open_counts_fn *take, void *closure)
{
	struct settling settling = { take, closure };

	/*
	 * What was counted before the reports were read has been noted, or was combined with what
	 * was noted. What is counted from now on may still be to be noted.
	 */
	file_map_visit(&counts->names, pass_missing, &settling);
	open_counts_read(counts);
	if (counts->has_counted && !counts->is_lost)
		return;
	/* Nothing is left to be counted, or it is unknown what. */
	file_map_visit(&counts->names, drop, NULL);
	counts->is_lost = false;
}
