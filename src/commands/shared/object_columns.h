/*
 * The columns of objects, for the formatting module.
 */
#ifndef SHMTOOL_COMMANDS_SHARED_OBJECT_COLUMNS_H
#define SHMTOOL_COMMANDS_SHARED_OBJECT_COLUMNS_H

#include "output/column.h"

#include <time.h>

struct ipc_namespace_list;

/** The context that some columns need beside the row. */
struct object_context {
	time_t now; /* seconds since 1970, for ages */
	/*
	 * The namespaces that objects were found in: an object's place is its number in this list.
	 * NULL: all objects are in the namespace of this process.
	 */
	const struct ipc_namespace_list *namespaces;
};

/**
 * All columns, without a context, for their names and meanings. Rows are const struct shm_object *.
 */
extern const struct column_set object_columns;

/**
 * All columns, to print values.
 *
 * @param context  kept, not copied; may be filled in until the first row is printed
 */
struct column_set object_columns_in(struct object_context *context);

#endif
