#include "commands/guard/descendants.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* A chain of parents that is longer is none: processes came and went while it was followed. */
enum { GENERATIONS_MAX = 4096 };

/* Between two looks at the processes, in nanoseconds. */
enum { PAUSE = 10000000 };
enum { LIST_TRIES = 5 };

/* After SIGKILL nothing is left to say; this is for what is stuck in the kernel, in milliseconds. */
enum { KILL_TIME = 5000 };

/* The supervised program, and who stands between it and us. */
enum { OWN_MAX = 2 };

/* Like the children themselves, these are the process's own. */
static struct process_list inherited;
static bool others_may_come;
static struct process_stat own[OWN_MAX];
static size_t own_count;

static bool is_inherited(const struct process_stat *process)
{
	const struct process_stat *known = process_list_find(&inherited, process->pid);

	return known != NULL && known->start_ticks == process->start_ticks;
}

/*
 * List the descendants of a process, as far as /proc shows them, sorted by pid. Those that have
 * ended and were not yet waited for are listed, too. Returns 0, or -1 with errno.
 */
static int descendants_list(pid_t ancestor, struct process_list *list)
{
	struct process_list all;
	size_t capacity = 0;
	int result = 0;

	list->processes = NULL;
	list->count = 0;
	if (process_list_all(&all) < 0)
		return -1;
	for (size_t i = 0; i < all.count && result == 0; i++) {
		const struct process_stat *at = &all.processes[i];

		for (size_t n = 0; at != NULL && !is_inherited(at) && at->parent != ancestor &&
		                   n < GENERATIONS_MAX;
		     n++)
			at = process_list_find(&all, at->parent);
		if (at != NULL && !is_inherited(at) && at->parent == ancestor)
			result = process_list_add(list, &capacity, &all.processes[i]);
	}
	process_list_free(&all);
	if (result < 0)
		process_list_free(list);
	return result;
}

void descendants_begin(void)
{
	siginfo_t info;

	others_may_come = getpid() == 1;
	/* Who has no children has no descendants. */
	if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT | __WALL) < 0 && errno == ECHILD)
		return;
	others_may_come = true;
	(void)descendants_list(getpid(), &inherited);
}

void descendants_own(pid_t child)
{
	if (own_count < OWN_MAX && process_read_stat(child, &own[own_count]) == 0)
		own_count++;
}

static bool is_own(const struct process_stat *process)
{
	for (size_t i = 0; i < own_count; i++) {
		if (own[i].pid == process->pid && own[i].start_ticks == process->start_ticks)
			return true;
	}
	return false;
}

bool descends_from(pid_t pid, pid_t ancestor)
{
	struct process_stat process;
	struct process_stat parent;
	struct process_stat again;

	if (!process_numbers_are_ours() || process_read_stat(pid, &process) < 0)
		return false;
	for (size_t n = 0; n < GENERATIONS_MAX && process.parent != ancestor; n++) {
		/* A parent may end, and its number be another's, before it is looked at. */
		if (process_read_stat(process.parent, &parent) < 0 ||
		    process_read_stat(process.pid, &again) < 0 || again.parent != process.parent ||
		    again.start_ticks != process.start_ticks)
			return false;
		process = parent;
	}
	return process.parent == ancestor && (!others_may_come || is_own(&process));
}

/* Wait for children that have ended, and take all that have ended out of the list. */
static void drop_ended(struct process_list *list, pid_t spared)
{
	const pid_t self = getpid();
	size_t kept = 0;

	for (size_t i = 0; i < list->count; i++) {
		const struct process_stat *process = &list->processes[i];
		bool ended = process_has_ended(process);

		if (ended && process->parent == self && process->pid != spared)
			(void)waitpid(process->pid, NULL, WNOHANG);
		if (!ended && process->pid != spared)
			list->processes[kept++] = *process;
	}
	list->count = kept;
}

static void pause_a_moment(void)
{
	const struct timespec moment = { .tv_nsec = PAUSE };

	(void)nanosleep(&moment, NULL);
}

/* Those that live. What there is too little of to list them, there may be enough of in a moment. */
static int list_living(pid_t spared, struct process_list *list)
{
	for (int tries = LIST_TRIES; descendants_list(getpid(), list) < 0;) {
		if (--tries == 0)
			return -1;
		pause_a_moment();
	}
	drop_ended(list, spared);
	return 0;
}

int descendants_wait(pid_t spared, uint64_t milliseconds, struct process_list *list)
{
	const uint64_t begin = process_clock();

	while (true) {
		if (list_living(spared, list) < 0)
			return -1;
		if (list->count == 0 || process_clock() - begin >= milliseconds)
			return 0;
		process_list_free(list);
		pause_a_moment();
	}
}

/* Linux 5.3, pidfd_open(2); 5.1, pidfd_send_signal(2). */
static int open_process(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

/*
 * Send signals to a process that was listed. It may have ended, and its number be another's by now;
 * with a descriptor of it, that is noticed.
 *
 * @param signals  ends with 0
 */
static void signal_process(const struct process_stat *listed, const int *signals)
{
	const int process = open_process(listed->pid);
	struct process_stat now;

	if (process_read_stat(listed->pid, &now) == 0 && now.start_ticks == listed->start_ticks) {
		for (; *signals != 0; signals++) {
			if (process >= 0)
				(void)syscall(SYS_pidfd_send_signal, process, *signals, NULL, 0);
			else
				(void)kill(listed->pid, *signals);
		}
	}
	if (process >= 0)
		close(process);
}

int descendants_end(pid_t spared, uint64_t milliseconds, struct process_list *list)
{
	/* What is stopped can't follow. */
	static const int end[] = { SIGTERM, SIGCONT, 0 };
	static const int end_at_once[] = { SIGKILL, 0 };
	uint64_t begin;

	if (list_living(spared, list) < 0)
		return -1;
	for (size_t i = 0; i < list->count; i++)
		signal_process(&list->processes[i], end);
	process_list_free(list);
	if (descendants_wait(spared, milliseconds, list) < 0)
		return -1;
	begin = process_clock();
	while (list->count > 0 && process_clock() - begin < KILL_TIME) {
		for (size_t i = 0; i < list->count; i++)
			signal_process(&list->processes[i], end_at_once);
		process_list_free(list);
		if (descendants_wait(spared, 0, list) < 0)
			return -1;
		if (list->count > 0)
			pause_a_moment();
	}
	return 0;
}
