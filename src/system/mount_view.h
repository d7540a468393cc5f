/*
 * The mounts that a process sees: its mount namespace, below its root directory. Most processes
 * have the same view, so that one mount table has to be read for all of them.
 */
#ifndef SHMTOOL_SYSTEM_MOUNT_VIEW_H
#define SHMTOOL_SYSTEM_MOUNT_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct mount_view {
	ino_t namespace; /* its inode */
	dev_t root_device;
	ino_t root; /* inode of the root directory */
};

/** The views that have been seen; all zero is the empty list. */
struct mount_view_list {
	struct mount_view *views;
	size_t count;
};

/**
 * Find the view of a process, without opening anything.
 *
 * @param proc     descriptor of /proc
 * @param process  its directory in it: "4242", "self"
 * @return 0, or -1 if it can't be inspected
 */
int mount_view_find(int proc, const char *process, struct mount_view *view);

/** Check whether a view has been seen, and record it as seen. */
bool mount_view_is_seen(struct mount_view_list *list, const struct mount_view *view);

/** Take back that the view of the last process has been seen: its mounts could not be read. */
void mount_view_forget(struct mount_view_list *list);

void mount_views_free(struct mount_view_list *list);

#endif
