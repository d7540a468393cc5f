#include "events/process_facts.h"

#include "base/descriptor.h"
#include "base/memory.h"
#include "system/cgroup.h"
#include "system/process.h"
#include "system/process_arguments.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Each process keeps a descriptor open, of which a program may have 1024 by default. */
enum { PLACES = 256 };

/* After that time, another process may have the pid of one that has exited: milliseconds. */
enum { PID_STAYS = 1000 };

struct known_process {
	pid_t pid;     /* 0: a free place */
	int comm;      /* descriptor of /proc/PID/comm, which fails once the process is reaped */
	uint64_t seen; /* the last time at which it was not yet reaped, by process_clock() */
	uid_t uid;
	char command[EVENT_COMMAND_SIZE];
	char *cmdline;
	char *cgroup;
};

struct process_facts {
	bool is_usable;                      /* /proc shows our pids */
	struct known_process places[PLACES]; /* by the lowest bits of the pid */
};

struct process_facts *process_facts_new(void)
{
	struct process_facts *facts = needed(calloc(1, sizeof(*facts)));

	facts->is_usable = process_numbers_are_ours();
	return facts;
}

static void forget(struct known_process *known)
{
	if (known->pid == 0)
		return;
	descriptor_close(known->comm);
	free(known->cmdline);
	free(known->cgroup);
	known->pid = 0;
}

void process_facts_free(struct process_facts *facts)
{
	if (facts == NULL)
		return;
	for (size_t i = 0; i < PLACES; i++)
		forget(&facts->places[i]);
	free(facts);
}

/* Returns false if the process is reaped. */
static bool read_command(int comm, char command[EVENT_COMMAND_SIZE])
{
	char text[EVENT_COMMAND_SIZE + 1]; /* with the newline */
	const ssize_t length = pread(comm, text, sizeof(text) - 1, 0);

	if (length <= 0)
		return false;
	text[length] = '\0';
	text[strcspn(text, "\n")] = '\0';
	snprintf(command, EVENT_COMMAND_SIZE, "%.*s", EVENT_COMMAND_SIZE - 1, text);
	return true;
}

/* Read everything but the command. */
static void read_rest(struct known_process *known)
{
	struct process_identity identity;
	struct cgroup cgroup;

	known->uid =
	    process_read_identity(known->pid, &identity) == 0 ? identity.effective_uid : (uid_t)-1;
	known->cmdline = process_arguments(known->pid);
	(void)cgroup_read(known->pid, &cgroup);
	known->cgroup = cgroup.path;
	free(cgroup.unit);
}

/*
 * Read a process of which nothing is known. If it is reaped meanwhile, what was read before is of
 * this process; what comes after may be another one's, and is dropped.
 */
static void read_all(struct known_process *known, pid_t pid)
{
	char command[EVENT_COMMAND_SIZE];
	char path[32];
	int comm;

	forget(known);
	snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
	comm = open(path, O_RDONLY | O_CLOEXEC);
	if (comm < 0)
		return;
	if (!read_command(comm, known->command)) {
		close(comm);
		return;
	}
	known->pid = pid;
	known->comm = comm;
	known->seen = process_clock();
	read_rest(known);
	if (read_command(comm, command))
		return;
	free(known->cmdline);
	free(known->cgroup);
	known->cmdline = NULL;
	known->cgroup = NULL;
	known->uid = (uid_t)-1;
}

/* Read what may have changed; returns false if the process is reaped. */
static bool read_again(struct known_process *known)
{
	char command[EVENT_COMMAND_SIZE];

	if (!read_command(known->comm, command))
		return false;
	if (strcmp(command, known->command) != 0)
		read_all(known, known->pid);
	else
		known->seen = process_clock();
	return true;
}

void process_facts_find(struct process_facts *facts, pid_t pid, bool exited,
                        struct event_process *process)
{
	struct known_process *known = &facts->places[(unsigned int)pid % PLACES];
	bool is_known = known->pid == pid;

	*process = (struct event_process){ .pid = pid, .uid = (uid_t)-1 };
	if (pid <= 0 || !facts->is_usable)
		return;
	if (is_known && !read_again(known))
		is_known = process_clock() - known->seen <= PID_STAYS;
	if (!is_known && !exited)
		read_all(known, pid);
	if (known->pid != pid || (exited && !is_known))
		return;
	process->uid = known->uid;
	memcpy(process->command, known->command, sizeof(process->command));
	process->cmdline = known->cmdline;
	process->cgroup = known->cgroup;
}
