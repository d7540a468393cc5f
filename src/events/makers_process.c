#include "events/makers_process.h"

#include "base/descriptor.h"
#include "base/memory.h"
#include "events/event.h"
#include "events/number_table.h"
#include "system/linux.h"
#include "system/number_file.h"
#include "system/process.h"
#include "system/process_arguments.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A longer chain is cut. */
enum { GENERATIONS_MAX = 64 };

/* The caller, and processes between it and the program. */
enum { OTHERS_MAX = 4 };

/* Processes whose files are kept open, if their arguments are shorter than this: bytes. */
enum { RECENT = 8, RECENT_ARGUMENTS = 1024 };

/* The arguments of known processes are read again in this number of generations. */
enum { READ_AGAIN = 2 };

struct process {
	struct maker maker;   /* first, so that it is a process */
	struct process *next; /* an earlier one with the same pid */
	size_t users;         /* makes, and processes that have it as their parent */
	unsigned long long start_ticks;
};

/* A process that was described lately. Its file is that process's, even if its pid is reused. */
struct recent {
	pid_t pid;
	int cmdline; /* descriptor of /proc/PID/cmdline; -1: the place is free */
	struct process *process;
	char arguments[RECENT_ARGUMENTS]; /* as read from it */
	ssize_t length;
};

struct maker_list {
	struct number_table processes; /* by pid: the latest one */
	pid_t program;
	pid_t others[OTHERS_MAX]; /* those between us and the program, which adopt its orphans */
	bool numbers_are_ours;    /* /proc is that of our pid namespace */
	struct recent recent[RECENT];
	size_t next_recent; /* the place to use next */
};

struct maker_list *maker_list_new(void)
{
	struct maker_list *list = needed_array(1, sizeof(*list));

	list->numbers_are_ours = process_numbers_are_ours();
	for (size_t i = 0; i < RECENT; i++)
		list->recent[i].cmdline = -1;
	return list;
}

void maker_list_begin(struct maker_list *list, pid_t program)
{
	struct process_stat stat = { .pid = program };
	size_t count = 0;

	list->program = program;
	list->others[count++] = getpid();
	while (list->numbers_are_ours && count < OTHERS_MAX &&
	       process_read_stat(stat.pid, &stat) == 0 && stat.parent > 1 &&
	       stat.parent != getpid()) {
		list->others[count++] = stat.parent;
		stat.pid = stat.parent;
	}
}

static bool is_other(const struct maker_list *list, pid_t pid)
{
	for (size_t i = 0; i < OTHERS_MAX; i++) {
		if (list->others[i] == pid)
			return true;
	}
	return pid <= 1;
}

static struct process *first_of(const struct maker_list *list, pid_t pid)
{
	return number_table_find(&list->processes, (uint64_t)pid);
}

/* The process of a thread: tgkill(2) fails if it is not in the group. */
pid_t maker_process_of(pid_t thread)
{
	char path[32];
	uint64_t group;

	if (syscall(SYS_tgkill, thread, thread, 0) == 0 || errno != ESRCH)
		return thread;
	snprintf(path, sizeof(path), "/proc/%d/status", (int)thread);
	return number_file_find(path, "Tgid:", &group) == 0 ? (pid_t)group : thread;
}

static struct process *find(const struct maker_list *list, const struct process_stat *stat)
{
	struct process *process = first_of(list, stat->pid);

	while (process != NULL && process->start_ticks != stat->start_ticks)
		process = process->next;
	return process;
}

static bool is_same_text(const char *left, const char *right)
{
	return left == NULL || right == NULL ? left == right : strcmp(left, right) == 0;
}

static struct process *add(struct maker_list *list, const struct process_stat *stat,
                           const char *cmdline)
{
	struct process *process = needed_array(1, sizeof(*process));

	process->maker.pid = stat->pid;
	process->maker.start = process_start(stat);
	process->maker.cmdline = cmdline;
	process->start_ticks = stat->start_ticks;
	process->next = first_of(list, stat->pid);
	number_table_set(&list->processes, (uint64_t)stat->pid, process);
	return process;
}

static void forget_recent(struct recent *recent)
{
	descriptor_close(recent->cmdline);
	recent->cmdline = -1;
}

/* Find a process that still runs the same program. This takes one system call. */
static struct process *find_recent(struct maker_list *list, pid_t pid)
{
	char arguments[RECENT_ARGUMENTS];

	for (size_t i = 0; i < RECENT; i++) {
		struct recent *recent = &list->recent[i];

		if (recent->cmdline < 0 || recent->pid != pid || recent->process == NULL)
			continue;
		if (pread(recent->cmdline, arguments, sizeof(arguments), 0) == recent->length &&
		    memcmp(arguments, recent->arguments, (size_t)recent->length) == 0)
			return recent->process;
		forget_recent(recent);
	}
	return NULL;
}

/*
 * Read the arguments of a process that has just been found to be alive.
 *
 * @param at  receives the place where it is remembered, without a process yet; NULL: nowhere
 */
static char *read_arguments(struct maker_list *list, pid_t pid, struct recent **at)
{
	struct recent *recent = &list->recent[list->next_recent++ % RECENT];
	char path[32];
	char *text;

	*at = NULL;
	forget_recent(recent);
	snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)pid);
	recent->pid = pid;
	recent->process = NULL;
	recent->cmdline = open(path, O_RDONLY | O_CLOEXEC);
	if (recent->cmdline < 0)
		return NULL;
	recent->length = pread(recent->cmdline, recent->arguments, sizeof(recent->arguments), 0);
	if (recent->length <= 0 || recent->length == sizeof(recent->arguments)) {
		forget_recent(recent);
		return process_arguments(pid, EVENT_CMDLINE_MAX);
	}
	text = needed(malloc((size_t)recent->length + 1));
	memcpy(text, recent->arguments, (size_t)recent->length);
	process_arguments_join(text, (size_t)recent->length);
	*at = recent;
	return text;
}

/* Parents end at the program, and at a process that has adopted an orphan. */
static struct process *describe(struct maker_list *list, pid_t pid, unsigned int depth)
{
	const bool again = depth < READ_AGAIN;
	struct process_stat stat;
	struct process *process;
	struct process *parent = NULL;
	struct recent *recent = NULL;
	char *cmdline = NULL;

	if (is_other(list, pid) || depth >= GENERATIONS_MAX)
		return NULL;
	process = find_recent(list, pid);
	if (process != NULL) {
		process->users++;
		return process;
	}
	if (process_read_stat(pid, &stat) < 0)
		return NULL;
	process = find(list, &stat);
	/* A known process may have executed another program. */
	if (process == NULL || again)
		cmdline = read_arguments(list, pid, &recent);
	if (process != NULL && (!again || is_same_text(process->maker.cmdline, cmdline))) {
		free(cmdline);
	} else {
		if (pid != list->program)
			parent = describe(list, stat.parent, depth + 1);
		process = add(list, &stat, cmdline);
		process->maker.parent = parent != NULL ? &parent->maker : NULL;
	}
	/* A parent's description may have taken the place. */
	if (recent != NULL && recent->pid == pid)
		recent->process = process;
	process->users++;
	return process;
}

const struct maker *maker_describe(struct maker_list *list, pid_t thread)
{
	const struct process_stat unknown = { .pid = thread };
	struct process *process = NULL;

	if (list->numbers_are_ours)
		process = describe(list, maker_process_of(thread), 0);
	if (process == NULL) {
		process = add(list, &unknown, NULL);
		process->maker.start = 0;
		process->users++;
	}
	return &process->maker;
}

bool maker_lives(const struct maker *maker)
{
	struct process_stat stat;

	return maker->start != 0 && process_read_stat(maker->pid, &stat) == 0 &&
	       stat.start_ticks == ((const struct process *)maker)->start_ticks;
}

static void free_process(struct process *process)
{
	free((char *)process->maker.cmdline);
	free(process);
}

static void drop(struct maker_list *list, struct process *process)
{
	const uint64_t pid = (uint64_t)process->maker.pid;
	struct process *first = first_of(list, process->maker.pid);
	struct process **place = &first;

	while (*place != process)
		place = &(*place)->next;
	*place = process->next;
	if (first != NULL)
		number_table_set(&list->processes, pid, first);
	else
		number_table_remove(&list->processes, pid);
	for (size_t i = 0; i < RECENT; i++) {
		if (list->recent[i].process == process)
			forget_recent(&list->recent[i]);
	}
	free_process(process);
}

static struct process *process_of(struct maker_list *list, const struct maker *maker)
{
	struct process *process = first_of(list, maker->pid);

	while (&process->maker != maker)
		process = process->next;
	return process;
}

const struct maker *maker_share(struct maker_list *list, const struct maker *maker)
{
	process_of(list, maker)->users++;
	return maker;
}

void maker_release(struct maker_list *list, const struct maker *maker)
{
	while (maker != NULL) {
		struct process *process = process_of(list, maker);

		if (--process->users > 0)
			return;
		maker = process->maker.parent;
		drop(list, process);
	}
}

void maker_list_free(struct maker_list *list)
{
	struct process *process;
	size_t at = 0;

	if (list == NULL)
		return;
	while ((process = number_table_next(&list->processes, &at)) != NULL) {
		while (process != NULL) {
			struct process *next = process->next;

			free_process(process);
			process = next;
		}
	}
	for (size_t i = 0; i < RECENT; i++)
		forget_recent(&list->recent[i]);
	number_table_free(&list->processes);
	free(list);
}
