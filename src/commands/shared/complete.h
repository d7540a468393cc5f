/*
 * Completion of live values: objects, processes, users, columns.
 */
#ifndef SHMTOOL_COMMANDS_SHARED_COMPLETE_H
#define SHMTOOL_COMMANDS_SHARED_COMPLETE_H

#include "cli/completion.h"

complete_fn complete_refs;           /* ids, keys after 0x, names; with size and owner */
complete_fn complete_refs_and_files; /* also files */
complete_fn complete_object_refs;    /* also queues and semaphore sets */
complete_fn complete_keys;           /* keys of segments */
complete_fn complete_key_list;       /* filter list: also keys of queues and sets */
complete_fn complete_name_list;      /* filter list: names of all POSIX kinds */
complete_fn complete_user_list;      /* filter list: users */
complete_fn complete_object_ids;     /* of all System V kinds */
complete_fn complete_segment_ids;
complete_fn complete_queue_ids;
complete_fn complete_queue_keys;
complete_fn complete_set_ids;
complete_fn complete_set_keys;
complete_fn complete_object_names;    /* of POSIX objects, not of semaphores */
complete_fn complete_semaphore_names; /* of POSIX semaphores */
complete_fn complete_queue_names;     /* of POSIX message queues */
complete_fn complete_processes;       /* all except kernel threads, with their commands */
complete_fn complete_namespaces;      /* one process of each other IPC namespace, or all */
complete_fn complete_users;
complete_fn complete_groups;
complete_fn complete_owners;         /* USER:GROUP */
complete_fn complete_kinds;          /* filter list: kinds */
complete_fn complete_kind;           /* one of them */
complete_fn complete_columns;        /* a list of the command's columns */
complete_fn complete_sort_columns;   /* one column, - for descending order */
complete_fn complete_hugepage_sizes; /* huge page sizes of this machine */

#endif
