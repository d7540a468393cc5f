#include "commands/watch/lineage.h"

#include "events/process_connector.h"
#include "system/process.h"

#include <sys/prctl.h>
#include <unistd.h>

/* The generations that are followed; more are a circle of pids that are used again. */
enum { GENERATIONS_MAX = 1000 };

static bool is_known(const struct lineage *lineage, pid_t pid)
{
	return number_table_find(&lineage->pids, (uint64_t)pid) != NULL;
}

void lineage_add(struct lineage *lineage, pid_t pid)
{
	/* The item only has to exist. */
	number_table_set(&lineage->pids, (uint64_t)pid, lineage);
}

/* Without the process connector, orphans become children of ours, and are recognized by that. */
static void follow_parents(struct lineage *lineage)
{
	if (lineage->connector < 0 && prctl(PR_SET_CHILD_SUBREAPER, 1) == 0)
		lineage_add(lineage, getpid());
}

void lineage_begin(struct lineage *lineage, pid_t program)
{
	static const unsigned int kinds[] = { PROC_EVENT_FORK };

	*lineage = (struct lineage){
		.connector = process_connector_open(kinds, sizeof(kinds) / sizeof(kinds[0])),
	};
	lineage_add(lineage, program);
	follow_parents(lineage);
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

	/* A thread; its parent is that of its process. */
	if (event->event_data.fork.child_pid != child)
		return true;
	if (is_known(lineage, parent))
		lineage_add(lineage, child);
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
	follow_parents(lineage);
}

/* Whether the parents of a process lead to a known one, or it has exited. */
static bool descends(const struct lineage *lineage, pid_t pid)
{
	struct process_stat process;

	for (int i = 0; i < GENERATIONS_MAX && pid > 0; i++) {
		if (is_known(lineage, pid))
			return true;
		if (process_read_stat(pid, &process) < 0)
			return i == 0;
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
	lineage_add(lineage, pid);
	return true;
}

void lineage_end(struct lineage *lineage)
{
	process_connector_close(lineage->connector);
	lineage->connector = -1;
	number_table_free(&lineage->pids);
}
