/*
 * Completion of live values: objects, processes, users, columns.
 */
#ifndef SHMTOOL_COMMANDS_SHARED_COMPLETE_H
#define SHMTOOL_COMMANDS_SHARED_COMPLETE_H

#include "cli/completion.h"

/** Objects of the kinds in the subset, in the bits of KIND_BIT(). */
complete_fn complete_refs;           /* ids, keys after 0x, names; with size and owner */
complete_fn complete_refs_and_files; /* also files */
complete_fn complete_keys;
complete_fn complete_ids;
complete_fn complete_names;
complete_fn complete_key_list;  /* filter list */
complete_fn complete_name_list; /* filter list */

complete_fn complete_processes;  /* all except kernel threads, with their commands */
complete_fn complete_namespaces; /* one process of each other IPC namespace, or all */
complete_fn complete_user_list;  /* filter list: users */
complete_fn complete_users;
complete_fn complete_family_list; /* filter list: families */
complete_fn complete_families;    /* names in the catalogue */
complete_fn complete_groups;
complete_fn complete_owners;         /* USER:GROUP */
complete_fn complete_kinds;          /* filter list: kinds */
complete_fn complete_kind;           /* one of them */
complete_fn complete_columns;        /* a list of the command's columns */
complete_fn complete_sort_columns;   /* one column, - for descending order */
complete_fn complete_hugepage_sizes; /* huge page sizes of this machine */

#endif
