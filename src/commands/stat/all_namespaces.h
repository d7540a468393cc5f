/*
 * The objects of all IPC namespaces on the machine.
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
	struct object_list *lists;  /* one per namespace; they own the strings */
	struct object_list objects; /* all objects, sorted by kind; owns no strings */
};

/**
 * List the objects of every IPC namespace that has a process, with its /dev/shm and /dev/mqueue,
 * each object once. Failures are reported on stderr. Leaves the process in the last namespace.
 *
 * @param filter  as for choose_list()
 * @param needs   as for choose_list()
 * @param all     free with all_namespaces_free(), also after a failure
 * @return STATUS_DONE, or STATUS_FAILED if anything could not be listed
 */
enum exit_status all_namespaces_list(const struct command_context *context,
                                     const struct object_filter *filter,
                                     const unsigned int needs[KIND_COUNT],
                                     struct all_namespaces *all);

void all_namespaces_free(struct all_namespaces *all);

#endif
