#include "events/process_facts.h"

#include "base/descriptor.h"
#include "base/memory.h"
#include "events/process_connector.h"
#include "events/shared_text.h"
#include "system/process.h"

#include <bsd/string.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * Powers of two. Unless processes are followed, each place keeps a descriptor open; by default, a
 * program may have 1024.
 */
enum { PLACES = 256, FOLLOWED_PLACES = 4096 };

/* The places among which those with equal lowest bits of the pid choose: a process and its parent. */
enum { WAYS = 4 };

/* After this time in milliseconds, another process may have the pid of one that has exited. */
enum { PID_STAYS = 1000 };

struct known_process {
	pid_t pid;     /* 0: a free place */
	uint64_t used; /* by struct process_facts.uses, when it was last needed */
	/* Descriptor of /proc/PID/comm, which fails once the process is reaped; -1 if followed. */
	int comm;
	uint64_t seen; /* the last time at which it was not yet reaped, by process_clock() */
	uid_t uid;
	char command[COMMAND_SIZE];
	struct shared_text *cmdline; /* NULL: unknown */
	struct shared_text *cgroup;  /* NULL: unknown */
};

struct process_facts {
	bool is_usable;               /* /proc shows our pids */
	int connector;                /* -1: not followed */
	struct known_process *places; /* by the lowest bits of the pid */
	size_t size;
	uint64_t uses; /* number of calls of place_of() */
};

struct process_facts *process_facts_new(void)
{
	struct process_facts *facts = needed_array(1, sizeof(*facts));

	facts->is_usable = process_numbers_are_ours();
	facts->connector = -1;
	facts->size = PLACES;
	facts->places = needed_array(facts->size, sizeof(*facts->places));
	return facts;
}

static void forget_texts(struct known_process *known)
{
	shared_text_replace(&known->cmdline, NULL);
	shared_text_replace(&known->cgroup, NULL);
}

static void forget(struct known_process *known)
{
	if (known->pid == 0)
		return;
	descriptor_close(known->comm);
	forget_texts(known);
	known->pid = 0;
	known->command[0] = '\0';
}

static void forget_all(struct process_facts *facts)
{
	for (size_t i = 0; i < facts->size; i++)
		forget(&facts->places[i]);
}

void process_facts_free(struct process_facts *facts)
{
	if (facts == NULL)
		return;
	process_connector_close(facts->connector);
	forget_all(facts);
	free(facts->places);
	free(facts);
}

int process_facts_follow(struct process_facts *facts)
{
	static const unsigned int kinds[] = { PROC_EVENT_FORK, PROC_EVENT_EXEC, PROC_EVENT_UID,
		                              PROC_EVENT_COMM };

	facts->connector = process_connector_open(kinds, sizeof(kinds) / sizeof(kinds[0]));
	if (facts->connector < 0)
		return -1;
	forget_all(facts);
	free(facts->places);
	facts->size = FOLLOWED_PLACES;
	facts->places = needed_array(facts->size, sizeof(*facts->places));
	return facts->connector;
}

/* The place of a process; or, if it is not known, the one that was not needed for the longest time. */
static struct known_process *place_of(struct process_facts *facts, pid_t pid)
{
	struct known_process *first = &facts->places[((size_t)pid * WAYS) & (facts->size - 1)];
	struct known_process *place = first;

	for (size_t i = 0; i < WAYS && place->pid != pid; i++) {
		if (first[i].pid == pid || first[i].used < place->used)
			place = &first[i];
	}
	place->used = ++facts->uses;
	return place;
}

/* Returns false if the process is reaped. */
static bool read_command(int comm, char command[COMMAND_SIZE])
{
	char text[COMMAND_SIZE + 1]; /* with the newline */
	const ssize_t length = pread(comm, text, sizeof(text) - 1, 0);

	if (length <= 0)
		return false;
	text[length] = '\0';
	text[strcspn(text, "\n")] = '\0';
	strlcpy(command, text, COMMAND_SIZE);
	return true;
}

/* Read everything but the command. UID: if it is known. */
static void read_rest(struct known_process *known, uid_t uid)
{
	struct process_identity identity;

	if (uid == (uid_t)-1 && process_read_identity(known->pid, &identity) == 0)
		uid = identity.effective_uid;
	known->uid = uid;
	known->cmdline = shared_text_of_cmdline(known->pid);
	known->cgroup = shared_text_of_cgroup(known->pid);
}

/*
 * Read an unknown process. If it is reaped in the meantime, its command is still its own; the rest
 * may be that of another process, and is dropped.
 *
 * UID: if it is known; else (uid_t)-1.
 */
static void read_all(const struct process_facts *facts, struct known_process *known, pid_t pid,
                     uid_t uid)
{
	char command[COMMAND_SIZE];
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
	read_rest(known, uid);
	if (!read_command(comm, command)) {
		forget_texts(known);
		known->uid = uid;
	}
	if (facts->connector < 0)
		return;
	close(comm);
	known->comm = -1;
}

/* A new process is a copy of its parent. */
static void take_fork(struct process_facts *facts, pid_t parent, pid_t child)
{
	struct known_process *from = place_of(facts, parent);
	struct known_process copy = { .pid = 0 };
	struct known_process *known;

	if (from->pid != parent)
		read_all(facts, from, parent, (uid_t)-1);
	if (from->pid == parent) {
		copy = *from;
		copy.pid = child;
		(void)shared_text_share(copy.cmdline);
		(void)shared_text_share(copy.cgroup);
	}
	known = place_of(facts, child);
	copy.used = known->used;
	forget(known);
	*known = copy;
}

/* If it has exited already, its user and control group are known from before. */
static void take_exec(struct process_facts *facts, pid_t pid)
{
	struct known_process *known = place_of(facts, pid);
	struct known_process before = *known;

	*known = (struct known_process){ .used = before.used };
	/* A change of the user by execve(2) is an event of its own. */
	read_all(facts, known, pid, before.pid == pid ? before.uid : (uid_t)-1);
	if (known->pid == 0 && before.pid == pid) {
		known->pid = pid;
		known->comm = -1;
		known->uid = before.uid;
		known->cgroup = before.cgroup;
		before.cgroup = NULL;
	}
	forget(&before);
}

static bool take_event(void *closure, const struct proc_event *event)
{
	struct process_facts *facts = closure;
	struct known_process *known;

	if (event->what == PROC_EVENT_FORK &&
	    event->event_data.fork.child_pid == event->event_data.fork.child_tgid) {
		take_fork(facts, event->event_data.fork.parent_tgid,
		          event->event_data.fork.child_tgid);
	} else if (event->what == PROC_EVENT_EXEC) {
		take_exec(facts, event->event_data.exec.process_tgid);
	} else if (event->what == PROC_EVENT_UID) {
		known = place_of(facts, event->event_data.id.process_tgid);
		if (known->pid == event->event_data.id.process_tgid)
			known->uid = event->event_data.id.e.euid;
	} else if (event->what == PROC_EVENT_COMM &&
	           event->event_data.comm.process_pid == event->event_data.comm.process_tgid) {
		known = place_of(facts, event->event_data.comm.process_tgid);
		if (known->pid == event->event_data.comm.process_tgid)
			strlcpy(known->command, event->event_data.comm.comm,
			        sizeof(known->command));
	}
	return true;
}

void process_facts_read(struct process_facts *facts)
{
	/* After a loss, what is known may be out of date. */
	if (facts->connector >= 0 &&
	    process_connector_read(facts->connector, take_event, facts) < 0)
		forget_all(facts);
}

/* Read what may have changed; returns false if the process is reaped. */
static bool read_again(const struct process_facts *facts, struct known_process *known)
{
	char command[COMMAND_SIZE];

	if (!read_command(known->comm, command))
		return false;
	if (strcmp(command, known->command) != 0)
		read_all(facts, known, known->pid, (uid_t)-1);
	else
		known->seen = process_clock();
	return true;
}

/* Check whether a place is that of a process, whose facts are then brought up to date. */
static bool is_known(struct process_facts *facts, struct known_process *known, pid_t pid)
{
	if (known->pid != pid)
		return false;
	return facts->connector >= 0 || read_again(facts, known) ||
	       process_clock() - known->seen <= PID_STAYS;
}

void process_facts_find(struct process_facts *facts, pid_t pid, bool exited,
                        struct event_process *process)
{
	struct known_process *known;

	*process = (struct event_process){ .pid = pid, .uid = (uid_t)-1 };
	if (pid <= 0 || !facts->is_usable)
		return;
	process_facts_read(facts);
	known = place_of(facts, pid);
	if (!is_known(facts, known, pid)) {
		if (exited)
			return;
		read_all(facts, known, pid, (uid_t)-1);
	}
	if (known->pid != pid)
		return;
	process->uid = known->uid;
	memcpy(process->command, known->command, sizeof(process->command));
	process->cmdline = known->cmdline != NULL ? known->cmdline->text : NULL;
	process->cgroup = known->cgroup != NULL ? known->cgroup->text : NULL;
}
