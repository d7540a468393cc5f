#include "events/traced_task.h"

#include "base/memory.h"
#include "base/number.h"
#include "system/process.h"
#include "system/process_list.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

uint64_t traced_task_key(pid_t tid, pid_t global)
{
	return tid != 0 ? (uint64_t)tid : (UINT64_C(1) << 32 | (uint32_t)global);
}

struct traced_task *traced_task_find(const struct traced_tasks *tasks, uint64_t key)
{
	return number_table_find(&tasks->table, key);
}

struct traced_task *traced_task_add(struct traced_tasks *tasks, uint64_t key, pid_t tid,
                                    struct traced_process *process, pid_t pid)
{
	struct traced_task *task = needed_array(1, sizeof(*task));

	if (process == NULL) {
		process = needed_array(1, sizeof(*process));
		process->pid = pid;
		process->uid = (uid_t)-1;
		process->memory = traced_memory_new();
	}
	process->threads++;
	task->key = key;
	task->tid = tid;
	task->process = process;
	number_table_set(&tasks->table, key, task);
	return task;
}

void traced_task_remove(struct traced_tasks *tasks, const struct traced_task *task)
{
	if (number_table_find(&tasks->table, task->key) == task)
		number_table_remove(&tasks->table, task->key);
}

void traced_task_free(struct traced_task *task)
{
	struct traced_process *process = task->process;

	if (--process->threads == 0) {
		shared_text_replace(&process->cmdline, NULL);
		shared_text_replace(&process->cgroup, NULL);
		shared_text_replace(&process->queue_name, NULL);
		traced_memory_release(process->memory);
		free(process);
	}
	free(task);
}

void traced_tasks_free(struct traced_tasks *tasks)
{
	struct traced_task *task;
	size_t at = 0;

	while ((task = number_table_next(&tasks->table, &at)) != NULL)
		traced_task_free(task);
	number_table_free(&tasks->table);
}

static uint64_t read_ipc_namespace(pid_t tid)
{
	struct stat st;

	return process_ipc_namespace(tid, &st) == 0 ? st.st_ino : 0;
}

bool traced_process_refresh(struct traced_process *process)
{
	struct process_identity identity;
	struct shared_text *cgroup;

	process->is_stale = false;
	if (process->pid <= 0 || process_read_identity(process->pid, &identity) < 0)
		return false;
	process->uid = identity.effective_uid;
	cgroup = shared_text_of_cgroup(process->pid);
	/* An equal text stays shared with other processes. */
	if (cgroup != NULL &&
	    (process->cgroup == NULL || strcmp(cgroup->text, process->cgroup->text) != 0))
		shared_text_replace(&process->cgroup, cgroup);
	else
		shared_text_replace(&cgroup, NULL);
	return true;
}

/* Add the other threads of a process from /proc. */
static void discover_threads(struct traced_tasks *tasks, struct traced_process *process,
                             uint64_t ipc)
{
	char path[64];
	const struct dirent *entry;
	DIR *directory;

	snprintf(path, sizeof(path), "/proc/%d/task", process->pid);
	directory = opendir(path);
	if (directory == NULL)
		return;
	while ((entry = readdir(directory)) != NULL) {
		const pid_t tid = number_of_name(entry->d_name);

		if (tid > 0 && traced_task_find(tasks, (uint64_t)tid) == NULL)
			traced_task_add(tasks, (uint64_t)tid, tid, process, 0)->ipc = ipc;
	}
	(void)closedir(directory);
}

struct traced_task *traced_task_discover(struct traced_tasks *tasks, pid_t pid, pid_t tid,
                                         uint64_t key)
{
	struct traced_task *leader = pid > 0 ? traced_task_find(tasks, (uint64_t)pid) : NULL;
	struct traced_task *task;

	task = traced_task_add(tasks, key, tid, leader != NULL ? leader->process : NULL, pid);
	if (tid > 0)
		task->ipc = read_ipc_namespace(tid);
	if (leader != NULL || pid <= 0)
		return task;
	process_command(pid, task->process->command);
	task->process->cmdline = shared_text_of_cmdline(pid);
	(void)traced_process_refresh(task->process);
	discover_threads(tasks, task->process, task->ipc);
	return task;
}

void traced_tasks_discover_all(struct traced_tasks *tasks)
{
	struct pid_list list = { NULL, 0 };

	(void)pid_list_all(&list);
	for (size_t i = 0; i < list.count; i++) {
		if (traced_task_find(tasks, (uint64_t)list.pids[i]) == NULL)
			(void)traced_task_discover(tasks, list.pids[i], list.pids[i],
			                           (uint64_t)list.pids[i]);
	}
	pid_list_free(&list);
}

void traced_process_inherit(struct traced_process *child, const struct traced_process *parent,
                            bool shares_memory)
{
	child->uid = parent->uid;
	child->is_stale = parent->is_stale;
	child->is_wanted |= parent->is_wanted;
	shared_text_replace(&child->cmdline, shared_text_share(parent->cmdline));
	shared_text_replace(&child->cgroup, shared_text_share(parent->cgroup));
	traced_memory_release(child->memory);
	child->memory = shares_memory ? parent->memory : traced_memory_copy(parent->memory);
	if (shares_memory)
		parent->memory->references++;
}

const char *traced_process_queue(struct traced_process *process, int fd, bool is_new)
{
	static const char removed[] = " (deleted)";
	char target[NAME_MAX + sizeof(removed) + 1];
	char path[64];
	ssize_t length;

	if (fd < 0 || process->pid <= 0)
		return NULL;
	if (!is_new && process->queue_name != NULL && process->queue == fd)
		return process->queue_name->text;
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", process->pid, fd);
	length = readlink(path, target, sizeof(target) - 1);
	target[length > 0 ? length : 0] = '\0';
	if (length > (ssize_t)strlen(removed) &&
	    strcmp(target + length - strlen(removed), removed) == 0)
		target[(size_t)length - strlen(removed)] = '\0';
	/* Queues are in one directory. */
	shared_text_replace(
	    &process->queue_name,
	    target[0] == '/' && strchr(target + 1, '/') == NULL ? shared_text_new(target) : NULL);
	process->queue = fd;
	return process->queue_name != NULL ? process->queue_name->text : NULL;
}

void traced_process_describe(const struct traced_process *process, struct event_process *described)
{
	described->pid = process->pid;
	described->uid = process->uid;
	memcpy(described->command, process->command, sizeof(described->command));
	described->cmdline = process->cmdline != NULL ? process->cmdline->text : NULL;
	described->cgroup = process->cgroup != NULL ? process->cgroup->text : NULL;
}
