#include "usage/directory_users.h"

#include "base/descriptor.h"
#include "system/process_files.h"
#include "system/process_list.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum { PATH_SIZE = 32 };

static int compare(const void *left, const void *right)
{
	const struct directory_use *a = left;
	const struct directory_use *b = right;

	if (a->device != b->device)
		return a->device < b->device ? -1 : 1;
	return (a->inode > b->inode) - (a->inode < b->inode);
}

const struct directory_use *directory_users_of(const struct directory_use *uses, size_t count,
                                               dev_t device, ino_t inode)
{
	const struct directory_use wanted = { .device = device, .inode = inode };

	return count > 0 ? bsearch(&wanted, uses, count, sizeof(*uses), compare) : NULL;
}

/* Look at what a link in /proc refers to. */
static void look(struct directory_use *uses, size_t count, int directory, const char *link,
                 pid_t pid)
{
	struct directory_use wanted = { .pid = 0 };
	struct directory_use *found;
	struct statx status;

	if (process_files_look(directory, link, STATX_TYPE | STATX_INO, &status) <= 0 ||
	    !(status.stx_mask & STATX_TYPE) || !S_ISDIR(status.stx_mode))
		return;
	wanted.device = makedev(status.stx_dev_major, status.stx_dev_minor);
	wanted.inode = (ino_t)status.stx_ino;
	found = bsearch(&wanted, uses, count, sizeof(*uses), compare);
	if (found == NULL || found->pid != 0)
		return;
	found->pid = pid;
	process_command(pid, found->command);
}

static void look_at_process(struct directory_use *uses, size_t count, int proc, pid_t pid)
{
	struct process_files files;
	char path[PATH_SIZE];
	const char *name;

	snprintf(path, sizeof(path), "%d/cwd", pid);
	look(uses, count, proc, path, pid);
	snprintf(path, sizeof(path), "%d/root", pid);
	look(uses, count, proc, path, pid);
	snprintf(path, sizeof(path), "%d", pid);
	if (process_files_open(proc, path, &files) < 0)
		return;
	while (process_files_next(&files, &name) > 0)
		look(uses, count, files.directory, name, pid);
	process_files_close(&files);
}

void directory_users_find(struct directory_use *uses, size_t count)
{
	const int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct pid_list processes = { .count = 0 };

	if (count > 0)
		qsort(uses, count, sizeof(*uses), compare);
	if (proc >= 0 && count > 0 && pid_list_all(&processes) == 0) {
		for (size_t i = 0; i < processes.count; i++) {
			if (processes.pids[i] != getpid())
				look_at_process(uses, count, proc, processes.pids[i]);
		}
	}
	pid_list_free(&processes);
	descriptor_close(proc);
}
