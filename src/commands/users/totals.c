#include "commands/users/totals.h"

#include "base/memory.h"
#include "output/units.h"

#include <stdio.h>
#include <stdlib.h>

static int compare_pids(const void *left, const void *right)
{
	pid_t a = *(const pid_t *)left;
	pid_t b = *(const pid_t *)right;

	return (a > b) - (a < b);
}

static size_t count_processes(const struct users_list *list)
{
	pid_t *pids = needed_array(list->count, sizeof(*pids));
	size_t users = 0;
	size_t count = 0;

	/* Processes that used a queue or set last may be gone. */
	for (size_t i = 0; i < list->count; i++) {
		if (list->users[i].how < USER_OPERATED)
			pids[users++] = list->users[i].pid;
	}
	qsort(pids, users, sizeof(*pids), compare_pids);
	for (size_t i = 0; i < users; i++)
		count += i == 0 || pids[i] != pids[i - 1];
	free(pids);
	return count;
}

void users_totals_print(struct report *report, const struct asked *asked,
                        const struct users_list *list)
{
	size_t processes;
	size_t objects = 0;
	uint64_t bytes = 0;
	bool known = true;
	char text[3 * UNITS_TEXT_SIZE];
	int length;

	if (!report_is_for_terminal(report) || list->count == 0)
		return;
	processes = count_processes(list);
	/* The list is sorted by object. */
	for (size_t i = 0; i < list->count; i++) {
		const struct used *used = &asked->used[list->users[i].target];

		if (i > 0 && list->users[i].target == list->users[i - 1].target)
			continue;
		objects++;
		known = known && used->knows_used;
		bytes += used->used;
	}
	length = snprintf(text, sizeof(text), "%zu process%s, %zu object%s", processes,
	                  processes == 1 ? "" : "es", objects, objects == 1 ? "" : "s");
	if (known) {
		char size[UNITS_TEXT_SIZE];

		report_size_text(report, size, bytes);
		snprintf(text + length, sizeof(text) - (size_t)length, ", %s", size);
	}
	report_totals(report, text);
}
