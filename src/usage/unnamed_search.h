/*
 * The search of unnamed_find() through all processes.
 */
#ifndef SHMTOOL_USAGE_UNNAMED_SEARCH_H
#define SHMTOOL_USAGE_UNNAMED_SEARCH_H

#include "system/mounted.h"
#include "system/process_list.h"
#include "usage/memory_devices.h"
#include "usage/unnamed_object.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/** A descriptor of a mount namespace. */
struct unnamed_namespace {
	ino_t inode;
	pid_t pid;
	uint64_t began; /* when the process started, to compare */
	int fd;
};

/** A search, and what it has found. */
struct unnamed_search {
	struct unnamed_list *list;     /* receives each object once for each process */
	struct mounted_list mounted;   /* complete only at the end */
	struct memory_devices devices; /* the kernel's own, where no file has a name */
	struct pid_list unseen;        /* processes whose mounts have not been read */
	struct unnamed_namespace *namespaces;
	size_t namespace_count;
	dev_t namespace_device; /* of all namespaces */
	dev_t posix;            /* device of POSIX_DIRECTORY */
	int posix_directory;    /* descriptor; -1 if there is none */
	bool posix_is_plain;    /* not a tmpfs: its file system also holds unrelated files */
	dev_t refused;          /* of a mapping that can't be followed */
	int proc;               /* descriptor of /proc */
	pid_t own;              /* this process, in /proc */
	pid_t began_of;         /* the process to which `began` belongs */
	uint64_t began;         /* when it started, in ticks since boot; UINT64_MAX: this process */
};

/**
 * Look at all processes. Whether an object is UNNAMED_DETACHED is decided only afterwards, by
 * search->mounted: another process may have its file system mounted.
 *
 * @param search  zeroed but for the list; release with unnamed_search_end(), also on failure
 * @return 0, or -1 with errno
 */
int unnamed_search(struct unnamed_search *search);

/** Whether no process has a file system mounted, so that it lasts only as long as it is open. */
bool unnamed_is_adrift(const struct mounted *mounted);

void unnamed_search_end(struct unnamed_search *search);

#endif
