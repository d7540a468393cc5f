#include "commands/guard/descendants.h"

#include "base/descriptor.h"
#include "events/makers.h"
#include "system/linux.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* A longer chain of parents is bogus: processes started and exited while it was followed. */
enum { GENERATIONS_MAX = 4096 };

/* Pause between two scans of the processes, in nanoseconds. */
enum { PAUSE = 10000000 };
enum { LIST_TRIES = 5 };

/* When those that are new are asked to exit for the first time, then at twice the time, in milliseconds. */
enum { FIRST_SLICE = 50 };

/* Listing may take at most a tenth of the time. */
enum { LIST_SHARE = 10 };

/* The time to wait after SIGKILL for processes stuck in the kernel, in milliseconds. */
enum { KILL_TIME = 5000 };

/* Scans of our children in a row, without a pause: some of them may be forking. */
enum { ROUNDS = 100 };

/* Empty scans required in a row if a scan can miss a process. */
enum { EMPTY_LOOKS = 3 };

/* In start_ticks: unknown, so that a process is known by its pid alone. */
enum { ANY_TIME = 0 };

static bool is_listed(const struct process_list *list, const struct process_stat *process)
{
	const struct process_stat *known = process_list_find(list, process->pid);

	return known != NULL && known->start_ticks == process->start_ticks;
}

static int search_descendants(const struct descendants *descendants, pid_t ancestor,
                              struct process_list *list)
{
	struct process_list all;
	int result = 0;

	if (process_list_all(&all) < 0)
		return -1;
	for (size_t i = 0; i < all.count && result == 0; i++) {
		const struct process_stat *at = &all.processes[i];

		for (size_t n = 0; at != NULL && !is_listed(&descendants->inherited, at) &&
		                   at->parent != ancestor && n < GENERATIONS_MAX;
		     n++)
			at = process_list_find(&all, at->parent);
		if (at != NULL && !is_listed(&descendants->inherited, at) && at->parent == ancestor)
			result = process_list_add(list, &all.processes[i]);
	}
	process_list_free(&all);
	return result;
}

static int add_children(const struct descendants *descendants, pid_t parent,
                        struct process_list *list)
{
	struct pid_list children;
	struct process_stat process;
	int result = 0;

	if (process_list_children(parent, &children) < 0)
		return -1;
	for (size_t i = 0; i < children.count && result == 0; i++) {
		if (process_read_stat(children.pids[i], &process) < 0)
			result = process_is_unseen(errno) ? 0 : -1;
		/* It may have exited, and its PID been reused. */
		else if (process.parent == parent && !is_listed(&descendants->inherited, &process))
			result = process_list_add(list, &process);
	}
	pid_list_free(&children);
	return result;
}

/* A process that is reparented while the list is made can be in it twice. */
static void drop_doubles(struct process_list *list)
{
	size_t kept = 0;

	process_list_sort(list);
	for (size_t i = 0; i < list->count; i++) {
		if (i == 0 || list->processes[i].pid != list->processes[i - 1].pid)
			list->processes[kept++] = list->processes[i];
	}
	list->count = kept;
}

/*
 * List the descendants of a process that /proc shows, sorted by pid, including zombies. The time
 * does not depend on the number of other processes. Returns 0, or -1 with errno.
 */
static int descendants_list(const struct descendants *descendants, pid_t ancestor,
                            struct process_list *list)
{
	int result;

	*list = (struct process_list){ .count = 0 };
	if (process_children_are_listed()) {
		result = add_children(descendants, ancestor, list);
		for (size_t i = 0; i < list->count && result == 0; i++) {
			if (!process_has_ended(&list->processes[i]))
				result = add_children(descendants, list->processes[i].pid, list);
		}
		drop_doubles(list);
	} else {
		result = search_descendants(descendants, ancestor, list);
	}
	if (result < 0)
		process_list_free(list);
	return result;
}

void descendants_pause(const struct descendants *descendants)
{
	const struct timespec moment = { .tv_nsec = PAUSE };

	if (descendants->makers != NULL)
		makers_wait(descendants->makers, PAUSE / 1000000);
	else
		(void)nanosleep(&moment, NULL);
}

/* The same for our own. Retry on a shortage, which may be temporary. */
static int list_patiently(const struct descendants *descendants, struct process_list *list)
{
	for (int tries = LIST_TRIES; descendants_list(descendants, getpid(), list) < 0;) {
		if (--tries == 0)
			return -1;
		descendants_pause(descendants);
	}
	return 0;
}

int descendants_begin(struct descendants *descendants)
{
	siginfo_t info;
	int result;

	descendants->others_may_come = getpid() == 1;
	/* A process without children has no descendants. */
	if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT | __WALL) < 0 && errno == ECHILD)
		return 0;
	descendants->others_may_come = true;
	result = list_patiently(descendants, &descendants->inherited);
	/* Without our own /proc, they are not found later, either. */
	return result < 0 && errno != ENOTSUP && !process_is_unseen(errno) ? -1 : 0;
}

void descendants_own(struct descendants *descendants, pid_t child)
{
	struct process_stat *own = &descendants->own[descendants->own_count];

	if (descendants->own_count == DESCENDANTS_OWN_MAX)
		return;
	if (process_read_stat(child, own) < 0) {
		if (process_is_unseen(errno))
			return;
		*own = (struct process_stat){ .pid = child, .start_ticks = ANY_TIME };
	}
	descendants->own_count++;
}

static bool is_own(const struct descendants *descendants, const struct process_stat *process)
{
	for (size_t i = 0; i < descendants->own_count; i++) {
		const struct process_stat *own = &descendants->own[i];

		if (own->pid == process->pid &&
		    (own->start_ticks == ANY_TIME || own->start_ticks == process->start_ticks))
			return true;
	}
	return false;
}

bool descendants_have(const struct descendants *descendants, pid_t pid)
{
	const pid_t ancestor = getpid();
	struct process_stat process;
	struct process_stat parent;
	struct process_stat again;

	if (!process_numbers_are_ours() || process_read_stat(pid, &process) < 0)
		return false;
	for (size_t n = 0; n < GENERATIONS_MAX && process.parent != ancestor; n++) {
		/* A parent may exit, and its PID be reused, before it is read. */
		if (process_read_stat(process.parent, &parent) < 0 ||
		    process_read_stat(process.pid, &again) < 0 || again.parent != process.parent ||
		    again.start_ticks != process.start_ticks)
			return false;
		process = parent;
	}
	return process.parent == ancestor &&
	       (!descendants->others_may_come || is_own(descendants, &process));
}

/* Whether a process is one to leave alone, and not another one with a reused PID. */
static bool is_spared(const struct descendants *descendants, pid_t pid)
{
	const struct process_stat *old = process_list_find(&descendants->inherited, pid);
	struct process_stat process;
	bool known = old != NULL;

	for (size_t i = 0; i < descendants->own_count && !known; i++)
		known = descendants->own[i].pid == pid;
	if (!known)
		return false;
	if (process_read_stat(pid, &process) < 0)
		return !process_is_unseen(errno);
	return is_own(descendants, &process) || is_listed(&descendants->inherited, &process);
}

/* The running children: each running descendant has an ancestor among them. */
enum living { LIVING_NONE, LIVING_OWN, LIVING_OTHERS };

/*
 * Wait for the children that have exited.
 *
 * @return which children are left; LIVING_OTHERS if unknown
 */
static enum living reap_children(const struct descendants *descendants)
{
	enum living living = LIVING_NONE;
	struct pid_list children;

	if (process_list_children(getpid(), &children) < 0)
		return LIVING_OTHERS;
	for (size_t i = 0; i < children.count; i++) {
		const pid_t pid = children.pids[i];
		struct process_stat process;

		if (!is_spared(descendants, pid)) {
			if (waitpid(pid, NULL, WNOHANG | __WALL) == 0)
				living = LIVING_OTHERS;
		} else if (living == LIVING_NONE &&
		           (process_read_stat(pid, &process) < 0 || !process_has_ended(&process))) {
			living = LIVING_OWN;
		}
	}
	pid_list_free(&children);
	return living;
}

/* Wait for children that have exited, and remove all exited processes from the list. */
static void drop_ended(const struct descendants *descendants, struct process_list *list)
{
	const pid_t self = getpid();
	size_t kept = 0;

	for (size_t i = 0; i < list->count; i++) {
		const struct process_stat *process = &list->processes[i];
		bool ended = process_has_ended(process);

		if (is_own(descendants, process))
			continue;
		if (ended && process->parent == self)
			(void)waitpid(process->pid, NULL, WNOHANG);
		if (!ended)
			list->processes[kept++] = *process;
	}
	list->count = kept;
}

/* List the running descendants. */
static int list_living(const struct descendants *descendants, struct process_list *list)
{
	(void)reap_children(descendants);
	if (list_patiently(descendants, list) < 0)
		return -1;
	drop_ended(descendants, list);
	return 0;
}

int descendants_wait(const struct descendants *descendants, uint64_t milliseconds,
                     struct process_list *list)
{
	const uint64_t begin = process_clock();

	while (true) {
		const uint64_t last = process_clock();
		uint64_t pause;

		if (list_living(descendants, list) < 0)
			return -1;
		/* A process about to continue as its own child can be missing from the list. */
		if ((list->count == 0 && reap_children(descendants) != LIVING_OTHERS) ||
		    process_clock() - begin >= milliseconds)
			return 0;
		process_list_free(list);
		pause = (process_clock() - last) * LIST_SHARE;
		do
			descendants_pause(descendants);
		while (reap_children(descendants) != LIVING_NONE &&
		       process_clock() - last < pause && process_clock() - begin < milliseconds);
	}
}

/* Linux 5.3, pidfd_open(2); 5.1, pidfd_send_signal(2). */
static int open_process(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

/*
 * Send signals to a listed process. It may have exited and its PID been reused; a pidfd detects
 * that.
 *
 * @param signals  terminated by 0
 * @return false if it can't be known whether it is the same process
 */
static bool signal_process(const struct process_stat *listed, const int *signals)
{
	const int process = open_process(listed->pid);
	struct process_stat now = { .start_ticks = ANY_TIME };
	const bool is_known = process_read_stat(listed->pid, &now) == 0 || process_is_unseen(errno);

	if (is_known && now.start_ticks == listed->start_ticks) {
		for (; *signals != 0; signals++) {
			if (process >= 0)
				(void)syscall(SYS_pidfd_send_signal, process, *signals, NULL, 0);
			else
				(void)kill(listed->pid, *signals);
		}
	}
	descriptor_close(process);
	return is_known;
}

/*
 * Kill all children. Only we can wait for them, so their PIDs can't be reused.
 *
 * @param ended  receives whether one of them was waited for
 * @return their number, or -1 if they can't be listed
 */
static ssize_t kill_children(const struct descendants *descendants, bool *ended)
{
	struct pid_list children;
	ssize_t found = 0;

	if (process_list_children(getpid(), &children) < 0)
		return -1;
	for (size_t i = 0; i < children.count; i++) {
		if (is_spared(descendants, children.pids[i]))
			continue;
		found++;
		(void)kill(children.pids[i], SIGKILL);
		*ended |= waitpid(children.pids[i], NULL, WNOHANG | __WALL) > 0;
	}
	pid_list_free(&children);
	return found;
}

/* Kill all listed descendants, including those whose parents can't be killed. */
static void kill_listed(const struct descendants *descendants)
{
	static const int end_at_once[] = { SIGKILL, 0 };
	struct process_list list;

	if (list_living(descendants, &list) < 0)
		return;
	for (size_t i = 0; i < list.count; i++)
		(void)signal_process(&list.processes[i], end_at_once);
	process_list_free(&list);
}

/* Kill all descendants. When a parent is killed, its children become ours. */
static void kill_all(const struct descendants *descendants)
{
	uint64_t last = process_clock();
	int empty = 0;

	while (empty < EMPTY_LOOKS && process_clock() - last < KILL_TIME) {
		ssize_t found = 0;
		bool ended = false;

		kill_listed(descendants);
		for (int round = 0;
		     round < ROUNDS && (found = kill_children(descendants, &ended)) > 0; round++)
			;
		empty = found == 0 ? empty + 1 : 0;
		if (ended)
			last = process_clock();
		if (found != 0)
			descendants_pause(descendants);
	}
}

/*
 * Ask all descendants to exit, each once, and wait. One that was forked while the others were listed
 * is asked later.
 *
 * LIST: receives those that remain after MILLISECONDS.
 */
static int ask_to_end(const struct descendants *descendants, uint64_t milliseconds,
                      struct process_list *list)
{
	/* A stopped process does not act on SIGTERM until it is continued. */
	static const int end[] = { SIGTERM, SIGCONT, 0 };
	struct process_list asked = { .count = 0 };
	uint64_t left = milliseconds;
	uint64_t slice = FIRST_SLICE;
	int result = list_living(descendants, list);

	while (result == 0 && left > 0) {
		for (size_t i = 0; i < list->count; i++) {
			struct process_stat *process = &list->processes[i];

			if (!is_listed(&asked, process) && !signal_process(process, end))
				process->start_ticks = ANY_TIME; /* ask again */
		}
		process_list_free(&asked);
		asked = *list;
		if (slice > left)
			slice = left;
		result = descendants_wait(descendants, slice, list);
		if (result == 0 && list->count == 0)
			break;
		left -= slice;
		slice *= 2;
	}
	process_list_free(&asked);
	return result;
}

int descendants_end(const struct descendants *descendants, uint64_t milliseconds,
                    struct process_list *list)
{
	if (ask_to_end(descendants, milliseconds, list) < 0)
		return -1;
	process_list_free(list);
	kill_all(descendants);
	return list_living(descendants, list);
}

void descendants_free(struct descendants *descendants)
{
	process_list_free(&descendants->inherited);
}
