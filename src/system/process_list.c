#include "system/process_list.h"

#include "base/memory.h"
#include "base/number.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Bytes of a list of pids that are read at a time. */
enum { TEXT_SIZE = 4096 };

static int compare_pids(const void *left, const void *right)
{
	pid_t a = ((const struct process_stat *)left)->pid;
	pid_t b = ((const struct process_stat *)right)->pid;

	return (a > b) - (a < b);
}

int process_list_add(struct process_list *list, const struct process_stat *process)
{
	struct process_stat *grown =
	    vector_try_grow(list->processes, list->count, sizeof(*list->processes));

	if (grown == NULL)
		return -1;
	list->processes = grown;
	list->processes[list->count++] = *process;
	return 0;
}

void process_list_free(struct process_list *list)
{
	free(list->processes);
	list->processes = NULL;
	list->count = 0;
}

void process_list_sort(struct process_list *list)
{
	if (list->count > 0)
		qsort(list->processes, list->count, sizeof(*list->processes), compare_pids);
}

void pid_list_free(struct pid_list *list)
{
	free(list->pids);
	*list = (struct pid_list){ .count = 0 };
}

static int add_pid(struct pid_list *list, pid_t pid)
{
	pid_t *grown = vector_try_grow(list->pids, list->count, sizeof(*list->pids));

	if (grown == NULL)
		return -1;
	list->pids = grown;
	list->pids[list->count++] = pid;
	return 0;
}

int pid_list_all(struct pid_list *list)
{
	DIR *proc = opendir("/proc");
	const struct dirent *entry;
	int result = 0;
	int failure;

	*list = (struct pid_list){ .count = 0 };
	if (proc == NULL)
		return -1;
	while (result == 0 && (errno = 0, entry = readdir(proc)) != NULL) {
		const pid_t pid = number_of_name(entry->d_name);

		if (pid > 0)
			result = add_pid(list, pid);
	}
	failure = errno;
	closedir(proc);
	if (failure == 0)
		return 0;
	pid_list_free(list);
	errno = failure;
	return -1;
}

int process_list_all(struct process_list *list)
{
	struct process_stat process;
	struct pid_list pids;
	int result = 0;

	*list = (struct process_list){ .count = 0 };
	if (pid_list_all(&pids) < 0)
		return -1;
	if (!process_numbers_are_ours()) {
		pid_list_free(&pids);
		errno = ENOTSUP;
		return -1;
	}
	for (size_t i = 0; result == 0 && i < pids.count; i++) {
		if (process_read_stat(pids.pids[i], &process) == 0)
			result = process_list_add(list, &process);
		else if (!process_is_unseen(errno))
			result = -1;
	}
	pid_list_free(&pids);
	if (result < 0)
		process_list_free(list);
	else
		process_list_sort(list);
	return result;
}

const struct process_stat *process_list_find(const struct process_list *list, pid_t pid)
{
	const struct process_stat key = { .pid = pid };

	if (list->count == 0)
		return NULL;
	return bsearch(&key, list->processes, list->count, sizeof(key), compare_pids);
}

/* Parse pids, each followed by a blank. A pid may be split between two reads. */
static int read_pids(int fd, struct pid_list *list)
{
	char text[TEXT_SIZE];
	ssize_t length;
	pid_t pid = 0;

	while ((length = read(fd, text, sizeof(text))) > 0) {
		for (ssize_t i = 0; i < length; i++) {
			if (isdigit((unsigned char)text[i])) {
				pid = pid * 10 + (text[i] - '0');
				continue;
			}
			if (pid > 0 && add_pid(list, pid) < 0)
				return -1;
			pid = 0;
		}
	}
	return length < 0 ? -1 : 0;
}

/* A process that has exited meanwhile has no children. */
static int read_children(pid_t pid, struct pid_list *children)
{
	char path[64];
	struct dirent *entry;
	DIR *threads;
	int result = 0;
	int failure;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	threads = opendir(path);
	if (threads == NULL)
		return errno == ENOENT || errno == ESRCH ? 0 : -1;
	while (result == 0 && (errno = 0, entry = readdir(threads)) != NULL) {
		int fd;

		if (number_of_name(entry->d_name) < 0)
			continue;
		snprintf(path, sizeof(path), "%.20s/children", entry->d_name);
		fd = openat(dirfd(threads), path, O_RDONLY | O_CLOEXEC);
		if (fd < 0) {
			result = errno == ENOENT || errno == ESRCH ? 0 : -1;
			continue;
		}
		result = read_pids(fd, children);
		close(fd);
	}
	if (result == 0 && errno != 0 && !process_is_unseen(errno))
		result = -1;
	failure = errno;
	closedir(threads);
	errno = failure;
	return result;
}

static int search_children(pid_t pid, struct pid_list *children)
{
	struct process_list all;
	int result = 0;

	if (process_list_all(&all) < 0)
		return -1;
	for (size_t i = 0; i < all.count && result == 0; i++) {
		if (all.processes[i].parent == pid)
			result = add_pid(children, all.processes[i].pid);
	}
	process_list_free(&all);
	return result;
}

bool process_children_are_listed(void)
{
	return access("/proc/thread-self/children", F_OK) == 0;
}

int process_list_children(pid_t pid, struct pid_list *children)
{
	int result;
	int saved;

	*children = (struct pid_list){ .count = 0 };
	/* The files list the pids of /proc's pid namespace. */
	if (!process_numbers_are_ours()) {
		errno = ENOTSUP;
		return -1;
	}
	result = process_children_are_listed() ? read_children(pid, children)
	                                       : search_children(pid, children);
	saved = errno;
	if (result < 0)
		pid_list_free(children);
	errno = saved;
	return result;
}
