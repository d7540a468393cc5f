/*
 * Candidates for completion that have to do with shared memory: live objects, users, columns.
 */
#ifndef SHMTOOL_COMMANDS_SHARED_COMPLETE_H
#define SHMTOOL_COMMANDS_SHARED_COMPLETE_H

#include "cli/completion.h"

complete_fn complete_refs;           /* ids, keys behind 0x, names; with size and owner */
complete_fn complete_refs_and_files; /* the same where a file is a REF, too */
complete_fn complete_object_refs;    /* the same where queues and semaphore sets are, too */
complete_fn complete_keys;           /* keys of segments */
complete_fn complete_all_keys;       /* keys of queues and semaphore sets as well */
complete_fn complete_names;          /* names of POSIX objects, semaphores and queues */
complete_fn complete_object_ids;     /* of all kinds of System V */
complete_fn complete_segment_ids;
complete_fn complete_queue_ids;
complete_fn complete_queue_keys;
complete_fn complete_set_ids;
complete_fn complete_set_keys;
complete_fn complete_object_names;    /* of POSIX objects, not of semaphores */
complete_fn complete_semaphore_names; /* of POSIX semaphores */
complete_fn complete_queue_names;     /* of POSIX message queues */
complete_fn complete_processes;       /* all but the kernel's own, with their commands */
complete_fn complete_namespaces;      /* one process of each other IPC namespace, or else all */
complete_fn complete_users;
complete_fn complete_groups;
complete_fn complete_owners;         /* USER:GROUP */
complete_fn complete_kinds;          /* a list of kinds */
complete_fn complete_kind;           /* one of them */
complete_fn complete_columns;        /* a list of the command's columns */
complete_fn complete_sort_columns;   /* one column, with - for descending */
complete_fn complete_hugepage_sizes; /* sizes of huge pages of this machine */

#endif
