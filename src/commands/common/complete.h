/*
 * Candidates for completion that have to do with shared memory: live objects, users, columns.
 */
#ifndef SHMTOOL_COMMANDS_COMMON_COMPLETE_H
#define SHMTOOL_COMMANDS_COMMON_COMPLETE_H

#include "cli/completion.h"

complete_fn complete_refs;           /* ids, keys behind 0x, names; with size and owner */
complete_fn complete_refs_and_files; /* the same where a file is a REF, too */
complete_fn complete_keys;           /* keys of segments */
complete_fn complete_names;          /* names of POSIX objects and semaphores */
complete_fn complete_users;
complete_fn complete_groups;
complete_fn complete_owners;         /* USER:GROUP */
complete_fn complete_kinds;          /* a list of kinds */
complete_fn complete_columns;        /* a list of the command's columns */
complete_fn complete_sort_columns;   /* one column, with - for descending */
complete_fn complete_hugepage_sizes; /* sizes of huge pages of this machine */

#endif
