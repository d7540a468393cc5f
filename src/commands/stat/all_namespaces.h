/*
 * The objects of all IPC namespaces of the machine.
 */
#ifndef SHMTOOL_COMMANDS_STAT_ALL_NAMESPACES_H
#define SHMTOOL_COMMANDS_STAT_ALL_NAMESPACES_H

#include "cli/command.h"
#include "objects/filter.h"
#include "objects/object.h"
#include "system/namespace_list.h"

#include <stddef.h>

struct all_namespaces {
	struct ipc_namespace_list namespaces;
	struct object_list *lists;  /* of each namespace; they own the texts */
	struct object_list objects; /* of all of them, kind by kind; without texts of its own */
};

/**
 * List the objects of every IPC namespace in which a process lives, and of the /dev/shm and the
 * /dev/mqueue that this process sees, each once. What can't be looked at is told on stderr. Leaves
 * the process in the last of them.
 *
 * @param filter  as for choose_list()
 * @param needs   as for choose_list()
 * @param all     to be freed with all_namespaces_free() also after a failure
 * @return STATUS_DONE, or STATUS_FAILED if something could not be looked at
 */
enum exit_status all_namespaces_list(const struct command_context *context,
                                     const struct object_filter *filter,
                                     const unsigned int needs[KIND_COUNT],
                                     struct all_namespaces *all);

void all_namespaces_free(struct all_namespaces *all);

#endif
