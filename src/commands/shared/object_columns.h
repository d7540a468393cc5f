/*
 * The columns of objects, for the formatting module.
 */
#ifndef SHMTOOL_COMMANDS_SHARED_OBJECT_COLUMNS_H
#define SHMTOOL_COMMANDS_SHARED_OBJECT_COLUMNS_H

#include "output/column.h"

/** All columns; rows are const struct shm_object *. */
extern const struct column_set object_columns;

struct ipc_namespace_list;

/**
 * Name the namespaces that objects were found in, for the columns about them: an object's place is
 * its number in the list. Without it, all are in the one that this process is in.
 *
 * @param list  kept
 */
void object_columns_name_namespaces(const struct ipc_namespace_list *list);

#endif
