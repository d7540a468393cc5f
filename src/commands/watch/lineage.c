#include "commands/watch/lineage.h"

#include "events/process_connector.h"
#include "system/process.h"

/* The generations that are followed; more are a circle of pids that are used again. */
enum { GENERATIONS_MAX = 1000 };

static bool is_known(const struct lineage *lineage, pid_t pid)
{
	return number_table_find(&lineage->pids, (uint64_t)pid) != NULL;
}

static void add(struct lineage *lineage, pid_t pid)
{
	/* The item only has to exist. */
	number_table_set(&lineage->pids, (uint64_t)pid, lineage);
}

void lineage_begin(struct lineage *lineage, pid_t program)
{
	static const unsigned int kinds[] = { PROC_EVENT_FORK };

	*lineage = (struct lineage){
		.connector = process_connector_open(kinds, sizeof(kinds) / sizeof(kinds[0])),
	};
	add(lineage, program);
}

int lineage_fd(const struct lineage *lineage)
{
	return lineage->connector;
}

static bool take(void *closure, const struct proc_event *event)
{
	struct lineage *lineage = closure;
	const pid_t parent = event->event_data.fork.parent_tgid;
	const pid_t child = event->event_data.fork.child_tgid;

	/* A thread has the pid of its process. */
	if (parent == child)
		return true;
	if (is_known(lineage, parent))
		add(lineage, child);
	else
		number_table_remove(&lineage->pids, (uint64_t)child);
	return true;
}

void lineage_read(struct lineage *lineage)
{
	if (lineage->connector < 0 ||
	    process_connector_read(lineage->connector, take, lineage) == 0)
		return;
	/* Events were lost: from now on, follow the parents. */
	process_connector_close(lineage->connector);
	lineage->connector = -1;
}

/* Whether the parents of a process lead to a known one. */
static bool descends(const struct lineage *lineage, pid_t pid)
{
	struct process_stat process;

	for (int i = 0; i < GENERATIONS_MAX && pid > 1; i++) {
		if (is_known(lineage, pid))
			return true;
		if (process_read_stat(pid, &process) < 0)
			return false;
		pid = process.parent;
	}
	return false;
}

bool lineage_has(struct lineage *lineage, pid_t pid)
{
	lineage_read(lineage);
	if (is_known(lineage, pid))
		return true;
	if (lineage->connector >= 0 || !descends(lineage, pid))
		return false;
	add(lineage, pid);
	return true;
}

void lineage_end(struct lineage *lineage)
{
	process_connector_close(lineage->connector);
	lineage->connector = -1;
	number_table_free(&lineage->pids);
}
