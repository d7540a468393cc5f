/*
 * The IPC namespaces of the machine, as far as processes live in them: ipc_namespaces(7).
 */
#ifndef SHMTOOL_IPC_NAMESPACE_LIST_H
#define SHMTOOL_IPC_NAMESPACE_LIST_H

#include "error.h"
#include "ipc/process.h"

#include <stddef.h>
#include <sys/types.h>

/** An IPC namespace, and one process that lives in it: the one with the lowest number. */
struct ipc_namespace {
	ino_t inode; /* by which lsns(8) and /proc/PID/ns/ipc name it */
	pid_t holder;
	char command[COMMAND_SIZE]; /* of the holder */
};

struct ipc_namespace_list {
	struct ipc_namespace *namespaces; /* ours first, then by the number of the holder */
	size_t count;
	size_t hidden; /* processes whose namespaces may not be looked at */
};

/**
 * List the IPC namespaces of all processes in /proc, each once. One that nobody lives in, held by a
 * descriptor or a mount alone, is not found.
 *
 * @param list   receives them, to be freed with ipc_namespaces_free() also after a failure
 * @param error  receives why it could not be done
 * @return 0, or -1
 */
int ipc_namespaces_list(struct ipc_namespace_list *list, struct error *error);

void ipc_namespaces_free(struct ipc_namespace_list *list);

/** The IPC namespace that this process is in. */
ino_t ipc_namespace_own(void);

#endif
