#include "system/mount_view.h"

#include "base/memory.h"
#include "system/process_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

int mount_view_find(int proc, const char *process, struct mount_view *view)
{
	struct statx namespace;
	struct statx root;
	char path[32];

	snprintf(path, sizeof(path), "%s/ns/mnt", process);
	if (process_files_look(proc, path, STATX_INO, &namespace) <= 0)
		return -1;
	snprintf(path, sizeof(path), "%s/root", process);
	if (process_files_look(proc, path, STATX_INO, &root) <= 0)
		return -1;
	*view = (struct mount_view){
		.namespace = namespace.stx_ino,
		.root_device = makedev(root.stx_dev_major, root.stx_dev_minor),
		.root = root.stx_ino,
	};
	return 0;
}

bool mount_view_is_seen(struct mount_view_list *list, const struct mount_view *view)
{
	/* The latest first: processes of a container often follow each other. */
	for (size_t i = list->count; i > 0; i--) {
		const struct mount_view *seen = &list->views[i - 1];

		if (seen->namespace == view->namespace && seen->root == view->root &&
		    seen->root_device == view->root_device)
			return true;
	}
	list->views = vector_grow(list->views, list->count, sizeof(*list->views));
	list->views[list->count++] = *view;
	return false;
}

void mount_view_forget(struct mount_view_list *list)
{
	list->count--;
}

void mount_views_free(struct mount_view_list *list)
{
	free(list->views);
	*list = (struct mount_view_list){ .count = 0 };
}
