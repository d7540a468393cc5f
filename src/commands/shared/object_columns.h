/*
 * The columns of objects, for output/.
 */
#ifndef SHMTOOL_COMMANDS_SHARED_OBJECT_COLUMNS_H
#define SHMTOOL_COMMANDS_SHARED_OBJECT_COLUMNS_H

#include "commands/shared/object_cgroup.h"
#include "commands/shared/object_family.h"
#include "objects/tree.h"
#include "output/column.h"

#include <time.h>

struct ipc_namespace_list;

/** At least the number of columns of objects. */
enum { OBJECT_COLUMNS_MAX = 80 };

/** Data that some columns need beside the row. Free it with object_context_end(). */
struct object_context {
	time_t now; /* seconds since 1970, for ages */
	/*
	 * The namespaces of the objects, indexed by object->place. NULL: all objects are in the
	 * namespace of this process.
	 */
	const struct ipc_namespace_list *namespaces;
	struct object_families families;
	struct cgroup_cache cgroups;
	struct object_parent parent; /* for labels */
	/* Set by object_columns_in(): by column, the place of its function. */
	unsigned char places[OBJECT_COLUMNS_MAX];
};

/**
 * All columns, without a context: for names and meanings only. Rows are const struct shm_object *.
 */
extern const struct column_set object_columns;

/**
 * All columns, with the context to print values.
 *
 * @param context  kept, not copied; must be complete before the first row is printed
 */
struct column_set object_columns_in(struct object_context *context);

/** Free what columns have read. */
void object_context_end(struct object_context *context);

#endif
