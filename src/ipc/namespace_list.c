#include "ipc/namespace_list.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static int find_inode(const char *process, ino_t *inode)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%.16s/ns/ipc", process);
	if (stat(path, &st) < 0)
		return -1;
	*inode = st.st_ino;
	return 0;
}

ino_t ipc_namespace_own(void)
{
	ino_t inode = 0;

	(void)find_inode("self", &inode);
	return inode;
}

/* Add a process's namespace, or make it the holder of one that is known already. */
static int add(struct ipc_namespace_list *list, ino_t inode, pid_t pid)
{
	struct ipc_namespace *grown;

	for (size_t i = 0; i < list->count; i++) {
		if (list->namespaces[i].inode != inode)
			continue;
		if (pid < list->namespaces[i].holder)
			list->namespaces[i].holder = pid;
		return 0;
	}
	grown = reallocarray(list->namespaces, list->count + 1, sizeof(*grown));
	if (grown == NULL)
		return -1;
	list->namespaces = grown;
	grown[list->count++] = (struct ipc_namespace){ .inode = inode, .holder = pid };
	return 0;
}

static int add_all(DIR *proc, struct ipc_namespace_list *list)
{
	const struct dirent *entry;

	while (errno = 0, (entry = readdir(proc)) != NULL) {
		ino_t inode;
		pid_t pid;

		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		pid = (pid_t)strtol(entry->d_name, NULL, 10);
		if (find_inode(entry->d_name, &inode) == 0) {
			if (add(list, inode, pid) < 0) {
				errno = ENOMEM;
				return -1;
			}
		} else if (errno != ENOENT && errno != ESRCH && process_can_hold(pid)) {
			list->hidden++;
		}
	}
	return errno == 0 ? 0 : -1;
}

static int compare(const void *left, const void *right)
{
	const struct ipc_namespace *a = left;
	const struct ipc_namespace *b = right;
	const ino_t own = ipc_namespace_own();

	if ((a->inode == own) != (b->inode == own))
		return a->inode == own ? -1 : 1;
	return (a->holder > b->holder) - (a->holder < b->holder);
}

int ipc_namespaces_list(struct ipc_namespace_list *list, struct error *error)
{
	DIR *proc = opendir("/proc");
	int result;
	int saved;

	*list = (struct ipc_namespace_list){ .count = 0 };
	if (proc == NULL)
		return error_set_errno(error, errno, "/proc can't be read");
	result = add_all(proc, list);
	saved = errno;
	closedir(proc);
	if (result < 0)
		return error_set_errno(error, saved, "/proc can't be read");
	for (size_t i = 0; i < list->count; i++)
		process_command(list->namespaces[i].holder, list->namespaces[i].command);
	if (list->count > 1)
		qsort(list->namespaces, list->count, sizeof(*list->namespaces), compare);
	return 0;
}

void ipc_namespaces_free(struct ipc_namespace_list *list)
{
	free(list->namespaces);
	list->namespaces = NULL;
	list->count = 0;
}
