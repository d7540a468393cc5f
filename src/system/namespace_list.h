/*
 * The IPC namespaces that have processes, ipc_namespaces(7). Processes of the same namespace may
 * see different files: each such view is a separate entry.
 */
#ifndef SHMTOOL_SYSTEM_NAMESPACE_LIST_H
#define SHMTOOL_SYSTEM_NAMESPACE_LIST_H

#include "error.h"
#include "system/process.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/** An IPC namespace, seen by processes with the same mounts and the same root directory. */
struct ipc_namespace {
	ino_t inode;  /* by which lsns(8) and /proc/PID/ns/ipc identify it */
	ino_t mounts; /* inode of the mount namespace */
	dev_t root_device;
	ino_t root;
	pid_t holder;               /* the process with the lowest pid that has this view */
	char command[COMMAND_SIZE]; /* of the holder */
	bool is_own;                /* this process has this view */
	bool is_repeated;           /* an earlier entry is of the same namespace */
};

struct ipc_namespace_list {
	/*
	 * Our own view first, which is always present; then others of our IPC namespace; then by
	 * the pid of the holder.
	 */
	struct ipc_namespace *namespaces;
	size_t count;
	size_t hidden; /* processes whose namespaces can't be inspected */
};

/**
 * List the IPC namespaces of all processes in /proc, each view once. A namespace without a process,
 * kept alive only by a descriptor or a mount, is not found.
 *
 * @param list   receives the views; free with ipc_namespaces_free(), also on failure
 * @param error  set on failure
 * @return 0, or -1
 */
int ipc_namespaces_list(struct ipc_namespace_list *list, struct error *error);

void ipc_namespaces_free(struct ipc_namespace_list *list);

/**
 * Check whether the holder is still in the namespace. A process that exits leaves it while it is
 * still listed.
 *
 * @return true also if that can't be determined
 */
bool ipc_namespace_is_held(const struct ipc_namespace *namespace);

/**
 * Find another holder after the first one has exited.
 *
 * @param namespace  receives the new holder
 * @return whether there is a process left in it
 */
bool ipc_namespace_renew(struct ipc_namespace *namespace);

/** The number of namespaces, each counted once whatever its number of views. */
size_t ipc_namespaces_count(const struct ipc_namespace_list *list);

/** The inode of this process's IPC namespace. */
ino_t ipc_namespace_own(void);

#endif
