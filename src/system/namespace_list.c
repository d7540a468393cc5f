#include "system/namespace_list.h"

#include "base/memory.h"
#include "base/number.h"
#include "system/process_list.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* Cached attributes suffice: the root directory may be served by a program that does not answer. */
static int look(const char *process, const char *file, struct statx *status)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%.16s/%s", process, file);
	if (statx(AT_FDCWD, path, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, STATX_INO, status) == 0)
		return 0;
	/* The C library's emulation of a missing statx(2) rejects AT_STATX_DONT_SYNC. */
	return errno == EINVAL ? statx(AT_FDCWD, path, 0, STATX_INO, status) : -1;
}

/* The view of a process. */
static int find_view(const char *process, struct ipc_namespace *view)
{
	struct statx ipc;
	struct statx mounts;
	struct statx root;

	if (look(process, "ns/ipc", &ipc) < 0 || look(process, "ns/mnt", &mounts) < 0 ||
	    look(process, "root", &root) < 0)
		return -1;
	*view = (struct ipc_namespace){
		.inode = ipc.stx_ino,
		.mounts = mounts.stx_ino,
		.root_device = makedev(root.stx_dev_major, root.stx_dev_minor),
		.root = root.stx_ino,
		.holder = number_of_name(process),
	};
	return 0;
}

static bool is_same_view(const struct ipc_namespace *a, const struct ipc_namespace *b)
{
	return a->inode == b->inode && a->mounts == b->mounts && a->root_device == b->root_device &&
	       a->root == b->root;
}

ino_t ipc_namespace_own(void)
{
	struct stat st;

	return process_own_ipc_namespace(&st) == 0 ? st.st_ino : 0;
}

/* Add the view of a process, or update the holder of a known view. */
static void add(struct ipc_namespace_list *list, const struct ipc_namespace *view)
{
	for (size_t i = 0; i < list->count; i++) {
		if (!is_same_view(&list->namespaces[i], view))
			continue;
		if (view->holder < list->namespaces[i].holder)
			list->namespaces[i].holder = view->holder;
		return;
	}
	list->namespaces = vector_grow(list->namespaces, list->count, sizeof(*list->namespaces));
	list->namespaces[list->count++] = *view;
}

static int find_view_of(pid_t pid, struct ipc_namespace *view)
{
	char process[16];

	snprintf(process, sizeof(process), "%d", (int)pid);
	return find_view(process, view);
}

static int add_all(struct ipc_namespace_list *list)
{
	struct ipc_namespace view;
	struct pid_list pids;

	if (pid_list_all(&pids) < 0)
		return -1;
	for (size_t i = 0; i < pids.count; i++) {
		if (find_view_of(pids.pids[i], &view) == 0)
			add(list, &view);
		else if (errno != ENOENT && errno != ESRCH && process_can_hold(pids.pids[i]))
			list->hidden++;
	}
	pid_list_free(&pids);
	return 0;
}

/* Our own view is always known, whatever /proc lists. */
static void add_own(struct ipc_namespace_list *list)
{
	struct ipc_namespace own = { .holder = 0 };

	/* /proc of another pid namespace does not list this process. */
	if (find_view("self", &own) < 0)
		own.inode = ipc_namespace_own();
	own.holder = getpid();
	add(list, &own);
	for (size_t i = 0; i < list->count; i++)
		list->namespaces[i].is_own = is_same_view(&list->namespaces[i], &own);
}

static int compare(const void *left, const void *right)
{
	const struct ipc_namespace *a = left;
	const struct ipc_namespace *b = right;
	const ino_t own = ipc_namespace_own();

	if (a->is_own != b->is_own)
		return a->is_own ? -1 : 1;
	if ((a->inode == own) != (b->inode == own))
		return a->inode == own ? -1 : 1;
	return (a->holder > b->holder) - (a->holder < b->holder);
}

/* Mark each entry whose namespace has an earlier entry. */
static void mark_repeated(struct ipc_namespace_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		for (size_t j = 0; j < i && !list->namespaces[i].is_repeated; j++)
			list->namespaces[i].is_repeated =
			    list->namespaces[j].inode == list->namespaces[i].inode;
	}
}

int ipc_namespaces_list(struct ipc_namespace_list *list, struct error *error)
{
	*list = (struct ipc_namespace_list){ .count = 0 };
	if (add_all(list) < 0)
		return error_set_errno(error, errno, "/proc can't be read");
	add_own(list);
	for (size_t i = 0; i < list->count; i++)
		process_command(list->namespaces[i].holder, list->namespaces[i].command);
	if (list->count > 1)
		qsort(list->namespaces, list->count, sizeof(*list->namespaces), compare);
	mark_repeated(list);
	return 0;
}

bool ipc_namespace_is_held(const struct ipc_namespace *namespace)
{
	struct ipc_namespace view;

	if (find_view_of(namespace->holder, &view) < 0)
		return errno != ENOENT && errno != ESRCH;
	return is_same_view(&view, namespace);
}

bool ipc_namespace_renew(struct ipc_namespace *namespace)
{
	struct ipc_namespace view;
	struct pid_list pids;
	bool found = false;

	(void)pid_list_all(&pids);
	for (size_t i = 0; !found && i < pids.count; i++)
		found = find_view_of(pids.pids[i], &view) == 0 && is_same_view(&view, namespace);
	pid_list_free(&pids);
	if (found) {
		namespace->holder = view.holder;
		process_command(view.holder, namespace->command);
	}
	return found;
}

size_t ipc_namespaces_count(const struct ipc_namespace_list *list)
{
	size_t count = 0;

	for (size_t i = 0; i < list->count; i++)
		count += !list->namespaces[i].is_repeated;
	return count;
}

void ipc_namespaces_free(struct ipc_namespace_list *list)
{
	free(list->namespaces);
	list->namespaces = NULL;
	list->count = 0;
}
