#include "system/process_list.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>

static int compare_pids(const void *left, const void *right)
{
	pid_t a = ((const struct process_stat *)left)->pid;
	pid_t b = ((const struct process_stat *)right)->pid;

	return (a > b) - (a < b);
}

int process_list_add(struct process_list *list, size_t *capacity,
                     const struct process_stat *process)
{
	if (list->count == *capacity) {
		size_t more = *capacity == 0 ? 256 : *capacity * 2;
		struct process_stat *grown =
		    reallocarray(list->processes, more, sizeof(*list->processes));

		if (grown == NULL)
			return -1;
		list->processes = grown;
		*capacity = more;
	}
	list->processes[list->count++] = *process;
	return 0;
}

void process_list_free(struct process_list *list)
{
	free(list->processes);
	list->processes = NULL;
	list->count = 0;
}

int process_list_all(struct process_list *list)
{
	DIR *proc = opendir("/proc");
	struct process_stat process;
	struct dirent *entry;
	size_t capacity = 0;
	int result = 0;
	int saved;

	list->processes = NULL;
	list->count = 0;
	if (proc == NULL)
		return -1;
	if (!process_numbers_are_ours()) {
		closedir(proc);
		errno = ENOTSUP;
		return -1;
	}
	while (result == 0 && (errno = 0, entry = readdir(proc)) != NULL) {
		if (!isdigit((unsigned char)*entry->d_name))
			continue;
		if (process_read_stat((pid_t)strtol(entry->d_name, NULL, 10), &process) == 0)
			result = process_list_add(list, &capacity, &process);
		/* It has ended, or is none of ours: that one is never hidden. */
		else if (errno != ENOENT && errno != ESRCH && errno != EPERM && errno != EACCES)
			result = -1;
	}
	saved = errno;
	closedir(proc);
	errno = saved;
	result = saved == 0 ? 0 : -1;
	if (result < 0)
		process_list_free(list);
	else if (list->count > 0)
		qsort(list->processes, list->count, sizeof(*list->processes), compare_pids);
	return result;
}

const struct process_stat *process_list_find(const struct process_list *list, pid_t pid)
{
	const struct process_stat key = { .pid = pid };

	if (list->count == 0)
		return NULL;
	return bsearch(&key, list->processes, list->count, sizeof(key), compare_pids);
}
