/*
 * The IPC namespaces of the machine, as far as processes live in them: ipc_namespaces(7). Processes of
 * one namespace may see different files: each such view is an entry of its own.
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
	ino_t inode;  /* by which lsns(8) and /proc/PID/ns/ipc name it */
	ino_t mounts; /* the same of the mount namespace */
	dev_t root_device;
	ino_t root;
	pid_t holder;               /* the process that has the lowest number of those */
	char command[COMMAND_SIZE]; /* of the holder */
	bool is_own;                /* we see it like that */
	bool is_repeated;           /* the namespace has an entry before this one */
};

struct ipc_namespace_list {
	/*
	 * Ours first, which is never missing, then others of our IPC namespace, then by the number
	 * of the holder.
	 */
	struct ipc_namespace *namespaces;
	size_t count;
	size_t hidden; /* processes whose namespaces may not be looked at */
};

/**
 * List the IPC namespaces of all processes in /proc, each view once. One that nobody lives in, held by
 * a descriptor or a mount alone, is not found.
 *
 * @param list   receives them, to be freed with ipc_namespaces_free() also after a failure
 * @param error  receives why it could not be done
 * @return 0, or -1
 */
int ipc_namespaces_list(struct ipc_namespace_list *list, struct error *error);

void ipc_namespaces_free(struct ipc_namespace_list *list);

/**
 * Tell whether the holder still lives there. Who exits loses that while he still looks alive.
 *
 * @return true also if that can't be found out
 */
bool ipc_namespace_is_held(const struct ipc_namespace *namespace);

/**
 * Look for a holder again, when the one that was found has ended.
 *
 * @param namespace  gets a new holder
 * @return whether any process is left
 */
bool ipc_namespace_renew(struct ipc_namespace *namespace);

/** How many namespaces there are, however they are seen. */
size_t ipc_namespaces_count(const struct ipc_namespace_list *list);

/** The IPC namespace that this process is in. */
ino_t ipc_namespace_own(void);

#endif
