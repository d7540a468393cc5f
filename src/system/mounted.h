/*
 * The file systems that hold memory, tmpfs(5) and hugetlbfs, by the device of their files, and
 * whether any process has them mounted. A file system that is mounted nowhere any more exists, with
 * all its files, as long as a process has a file or directory of it open.
 */
#ifndef SHMTOOL_SYSTEM_MOUNTED_H
#define SHMTOOL_SYSTEM_MOUNTED_H

#include "system/mount_view.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/statfs.h>
#include <sys/types.h>

enum mounted_type {
	MOUNTED_OTHER,     /* on a disk, in another machine, or without files */
	MOUNTED_TMPFS,     /* also devtmpfs */
	MOUNTED_HUGETLBFS, /* huge pages */
};

/** A file system. */
struct mounted {
	dev_t device;
	enum mounted_type type;
	bool is_mounted;  /* a process has it mounted */
	bool is_internal; /* of the kernel, which mounts it nowhere */
	bool knows_used;  /* false also if it has no limit, since the kernel then does not count */
	uint64_t used;    /* bytes of all its files, in memory and in swap */
	uint64_t files;   /* files and directories except the root directory; 0: not counted */
};

/** All zero is the empty list. */
struct mounted_list {
	struct mounted *devices; /* by device */
	size_t count;
	struct mount_view_list views; /* that have been read */
};

/** Take the use of a file system from what statfs(2) reports. */
void mounted_set_use(struct mounted *mounted, const struct statfs *fs);

/**
 * Find a file system by device.
 *
 * @return NULL if it is not in the list; valid until the list changes
 */
struct mounted *mounted_find(const struct mounted_list *list, dev_t device);

/**
 * Add a file system, or find the one that is in the list.
 *
 * @return it; a new one is MOUNTED_OTHER and not mounted; valid until the list changes
 */
struct mounted *mounted_add(struct mounted_list *list, dev_t device);

/**
 * Add all file systems that a process has mounted, unless another process with the same view has
 * been read. Nothing is opened.
 *
 * @param proc       descriptor of /proc
 * @param directory  of the process in it: "4242", "self"
 * @return 0, or -1 with errno: EACCES if its view can't be inspected
 */
int mounted_read(struct mounted_list *list, int proc, const char *directory);

/**
 * The same without a look at the view, which needs no permission.
 *
 * @return 0, or -1 with errno
 */
int mounted_read_table(struct mounted_list *list, int proc, const char *directory);

/**
 * Ask a file system that is in no mount table what it is, and add it. It may be one that does not
 * answer, so a child process asks.
 *
 * @param path  of a file or directory of it, such as /proc/4242/fd/5
 * @return it; MOUNTED_OTHER also if there is no answer
 */
struct mounted *mounted_ask(struct mounted_list *list, dev_t device, const char *path);

/**
 * Check whether any process has a file system mounted.
 *
 * @return true also if that can't be determined
 */
bool mounted_anywhere(dev_t device);

void mounted_free(struct mounted_list *list);

#endif
